// gemm_bf16bf16f32_6x64_avx512bf16.c -- bf16 GEMM on vdpbf16ps, summed in f32
//   y[m][n] = clamp(sum_k a[m][k]*b[k][n] + bias[n]) (+ y[m][n])
//   layout:    bf16_n16k2: 64 bytes are two k of 16 columns, so one load feeds 16 sums and nothing is added across
//                 halves   0    1  |  2    3  | ...
//                        k0n0 k1n0 | k0n1 k1n1 | ...                          four panels side by side make a tile
//              A pair is a word of 32 bits, and a product of words is what gemm_f32.c brings here: f32_n16 of k/2.
//   registers: zmm 0-23 acc, 6 rows x 4 panels; 4 of B; 1 pair of A, broadcast. Ten loads feed 24 vdpbf16ps.
//   overflow:  as IEEE 754 has it; a NaN passes through the clamp; blocks of k by gemm_f32.c. Products are exact, sums
//              round to nearest even; operands and sums below 2^-126 count as 0, whatever the mode of the thread.
//   reads:     exactly K elements of each row of A; rows of an odd K or at an odd stride go through a copy, its last
//              pair filled with zero; panels are padded
//   target:    AVX512_BF16 (Cooper Lake, Sapphire Rapids, Zen 4 and later)
//   floors:    vdpbf16ps; for few rows two bytes for each weight
//   truth: scalar/gemm_bf16bf16f32_1x1_scalar.c    test: gemm_f32_test    bench: bench/lab/gemm_lab.c
#include "../bf16.h"
#include "amd64.h"
#include "f32_tile_avx512.h"

#include <string.h>

enum {
  UNROLL = 4,      // pairs of k: what counts and steps costs as much as two pairs of A
  COPIED_ROWS = 96 // of A at a time
};

// What is left to multiply.
struct operands {
  const float *a, *b;
  int64_t pairs;
};

// As with vpdpbusd, gcc 12 copies the sum around the intrinsic and spills.
static inline __m512 dot_pairs(__m512 acc, __m512 a, __m512 b) {
  __asm__("vdpbf16ps %[b], %[a], %[acc]" : [acc] "+v"(acc) : [a] "v"(a), [b] "v"(b));
  return acc;
}

// A pair of A, at any even address, for all columns.
static inline __m512 pair(const float *from) {
  int32_t word;
  memcpy(&word, from, sizeof word);
  return _mm512_castsi512_ps(_mm512_set1_epi32(word));
}

// Pairs as long as `unroll` are left. Inlined with constant sizes, the arrays are registers.
static inline __attribute__((always_inline)) void multiply(struct operands *left, const int64_t a_stride,
                                                           const int64_t b_stride, const int rows, const int panels,
                                                           const int unroll, __m512 acc[MAX_ROWS][4]) {
  const float *a = left->a, *b = left->b;
  int64_t pairs = left->pairs;
  for (; pairs >= unroll; pairs -= unroll) {
#pragma GCC unroll 4
    for (int i = 0; i < unroll; i++, a++, b += F32_PANEL) {
      __m512 b_pairs[4];
#pragma GCC unroll 4
      for (int p = 0; p < panels; p++) {
        b_pairs[p] = _mm512_load_ps(b + p * b_stride);
      }
#pragma GCC unroll 12
      for (int r = 0; r < rows; r++) {
        const __m512 a_pair = pair(a + r * a_stride);
#pragma GCC unroll 4
        for (int p = 0; p < panels; p++) {
          acc[r][p] = dot_pairs(acc[r][p], a_pair, b_pairs[p]);
        }
      }
    }
  }
  *left = (struct operands){a, b, pairs};
}

static inline void multiply_all(const struct f32_tile *tile, const int rows, const int panels,
                                __m512 acc[MAX_ROWS][4]) {
  const int64_t a_stride = tile->a_row_stride, b_stride = tile->b_panel_stride;
  struct operands left = {tile->a, tile->b, tile->k};
  multiply(&left, a_stride, b_stride, rows, panels, UNROLL, acc);
  multiply(&left, a_stride, b_stride, rows, panels, 1, acc);
}

static const struct f32_kernel KERNEL = {4, {12, 12, 8, 6}, F32_BODIES, NULL, NULL};

int64_t gemm_bf16bf16f32_6x64_avx512bf16_workspace(const struct tern_gemm *gemm, int64_t m) {
  return min64(m, COPIED_ROWS) * bf16_pairs(gemm->k) * BF16_PAIR_BYTES;
}

// Rows of A to whole pairs.
static void copy_rows(const struct gemm_call *call, int64_t row, int64_t rows, uint16_t *copy) {
  const int64_t k = call->gemm->k, stride = 2 * bf16_pairs(k);
  for (int64_t r = 0; r < rows; r++) {
    memcpy(copy + r * stride, (const uint16_t *)call->a + (row + r) * call->a_row_stride, (size_t)k * sizeof(uint16_t));
    if (k < stride) {
      copy[r * stride + k] = 0;
    }
  }
}

static void run_copied(const struct gemm_call *words, const struct gemm_call *call, struct rectangle part) {
  struct gemm_call copied = *words;
  copied.a = call->workspace;
  copied.a_row_stride = bf16_pairs(call->gemm->k);
  for (int64_t row = part.row_begin; row < part.row_end; row += COPIED_ROWS) {
    const int64_t rows = min64(COPIED_ROWS, part.row_end - row);
    copy_rows(call, row, rows, call->workspace);
    copied.y = (float *)call->y + row * call->y_row_stride;
    f32_run(&KERNEL, &copied, (struct rectangle){0, rows, part.col_begin, part.col_end});
  }
}

void gemm_bf16bf16f32_6x64_avx512bf16(const struct gemm_call *call, struct rectangle part) {
  struct tern_gemm gemm = *call->gemm;
  gemm.k = bf16_pairs(gemm.k);
  struct gemm_call words = *call;
  words.gemm = &gemm;
  words.a_row_stride = call->a_row_stride / 2;
  if (call->gemm->k % 2 == 0 && (call->a_row_stride % 2 == 0 || call->m == 1)) {
    f32_run(&KERNEL, &words, part);
  } else {
    run_copied(&words, call, part);
  }
}
