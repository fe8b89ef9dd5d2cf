// gemm_f32f32f32_6x64_avx512.c -- f32 GEMM on 512-bit FMA
//   y[m][n] = clamp(sum_k a[m][k]*b[k][n] + bias[n]) (+ y[m][n])
//   layout:    f32_n16: [N/16][K][16]; four panels side by side make a tile
//   registers: zmm 0-23 acc, 6 rows x 4 panels; 4 of B; 1 of A, broadcast. Ten loads feed 24 FMA, which two ports take
//              in 12 cycles; unrolled, 36 instructions for 24 FMA, which leaves room where a neighbour shares the core.
//              Any rows x panels that need no more than 24 accumulators have a body of their own.
//   overflow:  as IEEE 754 has it; a NaN passes through the clamp; blocks of k by gemm_f32.c
//   reads:     exactly K elements of each row of A, with any pair of strides; panels are padded
//   target:    AVX-512 with two FMA ports
//   truth: scalar/gemm_f32f32f32_1x1_scalar.c    test: gemm_f32_test    bench: bench/lab/gemm_lab.c
#include "amd64.h"
#include "f32_tile_avx512.h"

enum {
  UNROLL = 4,  // steps of k: what counts and moves pointers costs as much as a row of A
  PREFETCH = 8 // rows of B ahead, where they are far: the hardware stops at the end of a page
};

// How a row of B is read: as it comes, with the rows ahead asked for, and with a copy left in the packed layout.
enum b_access { NEAR, FAR, COPIED };

// What is left to multiply.
struct operands {
  const float *a, *b;
  float *b_copy;
  int64_t k;
};

// gcc 12 unrolls by other forms of the instruction and runs out of registers; this way the sum stays where it is.
static inline __m512 add_product(__m512 acc, __m512 a, __m512 b) {
  __asm__("vfmadd231ps %[b], %[a], %[acc]" : [acc] "+v"(acc) : [a] "v"(a), [b] "v"(b));
  return acc;
}

// Steps of k as long as `unroll` are left. Inlined with constant sizes, the arrays are registers, and strides that are
// constant take no instruction.
static inline __attribute__((always_inline)) void
multiply(struct operands *left, const int64_t a_row_stride, const int64_t a_col_stride, const int64_t b_row_stride,
         const int64_t b_panel_stride, const int rows, const int panels, const int unroll, const enum b_access access,
         const int64_t copy_stride, __m512 acc[MAX_ROWS][4]) {
  const float *a = left->a, *b = left->b;
  float *b_copy = left->b_copy;
  int64_t k = left->k;
  for (; k >= unroll; k -= unroll) {
#pragma GCC unroll 4
    for (int i = 0; i < unroll; i++, a += a_col_stride, b += b_row_stride) {
      __m512 b_row[4];
#pragma GCC unroll 4
      for (int p = 0; p < panels; p++) {
        b_row[p] = _mm512_loadu_ps(b + p * b_panel_stride);
        if (access == COPIED) {
          _mm512_store_ps(b_copy + p * copy_stride, b_row[p]);
        }
        if (access != NEAR) {
          _mm_prefetch((const char *)(b + PREFETCH * b_row_stride + p * b_panel_stride), _MM_HINT_T0);
        }
      }
      if (access == COPIED) {
        b_copy += F32_PANEL;
      }
#pragma GCC unroll 12
      for (int r = 0; r < rows; r++) {
        const __m512 a_all = _mm512_set1_ps(a[r * a_row_stride]);
#pragma GCC unroll 4
        for (int p = 0; p < panels; p++) {
          acc[r][p] = add_product(acc[r][p], a_all, b_row[p]);
        }
      }
    }
  }
  *left = (struct operands){a, b, b_copy, k};
}

// The same for taps of A, which B follows without a gap.
static inline __attribute__((always_inline)) void multiply_taps(const struct f32_tile *tile, const int rows,
                                                                const int panels, struct operands *left,
                                                                __m512 acc[MAX_ROWS][4]) {
  const int64_t a_row = tile->a_row_stride, b_panel = tile->b_panel_stride;
  for (int64_t tap = 0; tap < tile->taps; tap++) {
    left->a = tile->a + tile->tap_offsets[tap];
    left->k = tile->k;
    multiply(left, a_row, 1, F32_PANEL, b_panel, rows, panels, UNROLL, NEAR, 0, acc);
    multiply(left, a_row, 1, F32_PANEL, b_panel, rows, panels, 1, NEAR, 0, acc);
  }
}

// One loop for each way the operands lie; the last one takes any, and what the others leave. Where a column of A and a
// row of B are both away from the next ones, there are too many addresses to unroll.
static inline __attribute__((always_inline)) void multiply_all(const struct f32_tile *tile, const int rows,
                                                               const int panels, __m512 acc[MAX_ROWS][4]) {
  const int64_t a_row = tile->a_row_stride, a_col = tile->a_col_stride;
  const int64_t b_row = tile->b_row_stride, b_panel = tile->b_panel_stride;
  struct operands left = {tile->a, tile->b, tile->b_copy, tile->k};
  const bool packed = b_row == F32_PANEL, near = b_row < F32_FAR;
  if (tile->b_copy) {
    multiply(&left, a_row, a_col, b_row, F32_PANEL, rows, panels, 1, COPIED, tile->k * F32_PANEL, acc);
  } else if (a_col == 1 && packed) {
    multiply_taps(tile, rows, panels, &left, acc);
  } else if (a_row == 1 && packed) {
    multiply(&left, 1, a_col, F32_PANEL, b_panel, rows, panels, UNROLL, NEAR, 0, acc);
  } else if (a_col == 1 && near) {
    multiply(&left, a_row, 1, b_row, F32_PANEL, rows, panels, UNROLL, NEAR, 0, acc);
  } else if (a_row == 1 && near) {
    multiply(&left, 1, a_col, b_row, F32_PANEL, rows, panels, UNROLL, NEAR, 0, acc);
  }
  multiply(&left, a_row, a_col, b_row, b_panel, rows, panels, 1, FAR, 0, acc);
}

static const struct f32_kernel KERNEL = {4, {12, 12, 8, 6}, F32_BODIES, f32_dots_avx512, pack_f32_avx512};

int64_t gemm_f32f32f32_6x64_avx512_workspace(const struct tern_gemm *gemm, int64_t m) {
  return f32_workspace(gemm, m);
}

void gemm_f32f32f32_6x64_avx512(const struct gemm_call *call, struct rectangle part) {
  f32_run(&KERNEL, call, part);
}

static void convolve(const struct conv2d_call *call, struct rectangle part) {
  f32_conv2d(&KERNEL, call, part);
}

const struct conv2d_kernel conv2d_f32f32f32_6x64_avx512 = {sizeof(float), f32_conv2d_workspace, convolve};
