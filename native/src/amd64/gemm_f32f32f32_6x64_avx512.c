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
#include "../gemm_f32.h"
#include "amd64.h"

#include <immintrin.h>

enum {
  MAX_ROWS = 12, // of the narrow bodies
  UNROLL = 4,    // steps of k: what counts and moves pointers costs as much as a row of A
  PREFETCH = 8   // rows of B ahead, where they are far: the hardware stops at the end of a page
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

static inline __attribute__((always_inline)) __mmask16 mask_of(const struct f32_tile *tile, int p, int panels) {
  return p + 1 < panels ? (__mmask16)0xffff : (__mmask16)(0xffff >> (F32_PANEL - tile->last_cols));
}

// acc = bias, while y comes near.
static inline __attribute__((always_inline)) void begin(const struct f32_tile *tile, const int rows, const int panels,
                                                        __m512 acc[MAX_ROWS][4]) {
#pragma GCC unroll 4
  for (int p = 0; p < panels; p++) {
    const __mmask16 mask = mask_of(tile, p, panels);
    const __m512 bias = tile->bias ? _mm512_maskz_loadu_ps(mask, tile->bias + p * F32_PANEL) : _mm512_setzero_ps();
#pragma GCC unroll 12
    for (int r = 0; r < rows; r++) {
      acc[r][p] = bias;
      __builtin_prefetch(tile->y + r * tile->y_row_stride + p * F32_PANEL, 1);
    }
  }
}

static inline __attribute__((always_inline)) void store(const struct f32_tile *tile, const int rows, const int panels,
                                                        const bool add, __m512 acc[MAX_ROWS][4]) {
  const __m512 y_min = _mm512_set1_ps(tile->y_min), y_max = _mm512_set1_ps(tile->y_max);
  const __mmask16 last = mask_of(tile, panels - 1, panels);
  const int64_t y_row_stride = tile->y_row_stride;
  float *row = tile->y;
#pragma GCC unroll 12
  for (int r = 0; r < rows; r++, row += y_row_stride) {
#pragma GCC unroll 4
    for (int p = 0; p < panels; p++) {
      const __mmask16 mask = p + 1 < panels ? (__mmask16)0xffff : last;
      float *y = row + p * F32_PANEL;
      const __m512 sum = add ? _mm512_add_ps(acc[r][p], _mm512_maskz_loadu_ps(mask, y)) : acc[r][p];
      _mm512_mask_storeu_ps(y, mask, _mm512_min_ps(y_max, _mm512_max_ps(y_min, sum))); // NaN is the second operand
    }
  }
}

static inline __attribute__((always_inline)) void run_tile(const struct f32_tile *tile, const int rows,
                                                           const int panels) {
  __m512 acc[MAX_ROWS][4];
  begin(tile, rows, panels, acc);
  multiply_all(tile, rows, panels, acc);
  if (tile->add) {
    store(tile, rows, panels, true, acc);
  } else {
    store(tile, rows, panels, false, acc);
  }
}

// clang-format off
#define BODY(rows, panels) static void tile_##rows##x##panels(const struct f32_tile *tile) { run_tile(tile, rows, panels); }
BODY(1, 1) BODY(2, 1) BODY(3, 1) BODY(4, 1) BODY(5, 1) BODY(6, 1) BODY(7, 1) BODY(8, 1) BODY(9, 1) BODY(10, 1) BODY(11, 1) BODY(12, 1)
BODY(1, 2) BODY(2, 2) BODY(3, 2) BODY(4, 2) BODY(5, 2) BODY(6, 2) BODY(7, 2) BODY(8, 2) BODY(9, 2) BODY(10, 2) BODY(11, 2) BODY(12, 2)
BODY(1, 3) BODY(2, 3) BODY(3, 3) BODY(4, 3) BODY(5, 3) BODY(6, 3) BODY(7, 3) BODY(8, 3)
BODY(1, 4) BODY(2, 4) BODY(3, 4) BODY(4, 4) BODY(5, 4) BODY(6, 4)

static const struct f32_kernel KERNEL = {4, {12, 12, 8, 6}, {
    {tile_1x1, tile_2x1, tile_3x1, tile_4x1, tile_5x1, tile_6x1, tile_7x1, tile_8x1, tile_9x1, tile_10x1, tile_11x1, tile_12x1},
    {tile_1x2, tile_2x2, tile_3x2, tile_4x2, tile_5x2, tile_6x2, tile_7x2, tile_8x2, tile_9x2, tile_10x2, tile_11x2, tile_12x2},
    {tile_1x3, tile_2x3, tile_3x3, tile_4x3, tile_5x3, tile_6x3, tile_7x3, tile_8x3},
    {tile_1x4, tile_2x4, tile_3x4, tile_4x4, tile_5x4, tile_6x4}}, f32_dots_avx512, pack_f32_avx512};
// clang-format on

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
