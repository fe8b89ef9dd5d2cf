// few_rows_avx512.h -- up to four rows of f32 times weights of s8, s4, s2 or b1, which never are f32 in memory
//   y[m][n] = clamp(sum over groups of (sum over the group's k of a[m][k] * (b[k][n] - zb)) * sb + bias[n]) (+ y[m][n])
//   layout:    s8_n16k4, s4_n16k8, s2_n16k16, b1_n16k32: a word has 32 / bits terms of a column
//   registers: one or two rows x 4 panels, three or four x 2: zmm 8 to 16 of sums, those of a group and of all; 2 to 4
//              words, 1 table, 1 a. A term of 16 columns is a shift of its word, whose lowest four bits then find it in
//              a table (vpermps; what else they hold does not matter: the table has it for each), and an FMA for each
//              row: one row 1.5 cycles for 32 operations, a third of the FMA peak. s8 takes two shifts and a
//              conversion.
//   overflow:  none, f32
//   reads:     exactly K floats of each row of A, the last ones from a copy; whole lines of packed weights
//   target:    AVX-512
//   truth: scalar/gemm_f32s4f32_1x1_scalar.c    test: gemm_scaled_test    bench: bench/lab/gemm_lab.c
#ifndef TERN_FEW_ROWS_AVX512_H
#define TERN_FEW_ROWS_AVX512_H

#include "../kernel.h"

#include <immintrin.h>
#include <string.h>

enum { FEW_ROWS_AVX512 = 4, WORD_BITS = 32, FEW_LINE = 64, FEW_PANEL = 16 };

// Sums of a group, or of all groups, by row and panel.
struct few_sums {
  __m512 of[FEW_ROWS_AVX512][4];
};

// A group of k, for the panels of a tile.
struct few_group {
  const uint8_t *packed; // of the first panel
  int64_t panel_bytes;
  const float *a;
  int64_t a_stride;
  __m512 zeros[4];
};

// What four bits at the bottom of a word mean.
static inline __attribute__((always_inline)) __m512 few_table(const int bits) {
  return bits == 4   ? _mm512_setr_ps(0, 1, 2, 3, 4, 5, 6, 7, -8, -7, -6, -5, -4, -3, -2, -1)
         : bits == 2 ? _mm512_setr_ps(0, 1, -2, -1, 0, 1, -2, -1, 0, 1, -2, -1, 0, 1, -2, -1)
                     : _mm512_setr_ps(-1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1);
}

static inline __attribute__((always_inline)) __m512 few_weights(__m512i words, const int term, const int bits,
                                                                __m512 table) {
  const int below = bits == 1 ? term : 8 * (term % 4) + bits * (term / 4);
  if (bits == 8) {
    return _mm512_cvtepi32_ps(_mm512_srai_epi32(_mm512_slli_epi32(words, (unsigned)(24 - below)), 24));
  }
  return _mm512_permutexvar_ps(below ? _mm512_srli_epi32(words, (unsigned)below) : words, table);
}

// Inlined with constant sizes, the arrays are registers.
static inline __attribute__((always_inline)) void few_line(const struct few_group *group, int64_t line, const float *a,
                                                           int64_t a_stride, const int bits, const int rows,
                                                           const int panels, const bool zeros, __m512 table,
                                                           struct few_sums *sums) {
  const int terms = WORD_BITS / bits;
  __m512i words[4];
#pragma GCC unroll 4
  for (int p = 0; p < panels; p++) {
    words[p] = _mm512_load_si512(group->packed + p * group->panel_bytes + line * FEW_LINE);
  }
#pragma GCC unroll 32
  for (int term = 0; term < terms; term++) {
    __m512 weights[4];
#pragma GCC unroll 4
    for (int p = 0; p < panels; p++) {
      weights[p] = few_weights(words[p], term, bits, table);
      weights[p] = zeros ? _mm512_sub_ps(weights[p], group->zeros[p]) : weights[p];
    }
#pragma GCC unroll 4
    for (int r = 0; r < rows; r++) {
      const __m512 x = _mm512_set1_ps(a[r * a_stride + term]);
#pragma GCC unroll 4
      for (int p = 0; p < panels; p++) {
        sums->of[r][p] = _mm512_fmadd_ps(x, weights[p], sums->of[r][p]);
      }
    }
  }
}

static inline __attribute__((always_inline)) struct few_sums few_zeros(const int rows, const int panels) {
  struct few_sums sums;
#pragma GCC unroll 4
  for (int r = 0; r < rows; r++) {
#pragma GCC unroll 4
    for (int p = 0; p < panels; p++) {
      sums.of[r][p] = _mm512_setzero_ps();
    }
  }
  return sums;
}

// Terms [0, k) of a group, the last line of them from a copy that ends in zeros.
static inline __attribute__((always_inline)) struct few_sums few_multiply(const struct few_group *group, int64_t k,
                                                                          const int bits, const int rows,
                                                                          const int panels, const bool zeros) {
  const int terms = WORD_BITS / bits;
  const __m512 table = few_table(bits);
  const int64_t lines = k / terms, rest = k % terms;
  struct few_sums sums = few_zeros(rows, panels);
  for (int64_t line = 0; line < lines; line++) {
    few_line(group, line, group->a + line * terms, group->a_stride, bits, rows, panels, zeros, table, &sums);
  }
  if (rest > 0) {
    float copy[FEW_ROWS_AVX512 * WORD_BITS] = {0};
    for (int r = 0; r < rows; r++) {
      memcpy(copy + r * WORD_BITS, group->a + r * group->a_stride + lines * terms, (size_t)rest * sizeof(float));
    }
    few_line(group, lines, copy, WORD_BITS, bits, rows, panels, zeros, table, &sums);
  }
  return sums;
}

static inline __attribute__((always_inline)) void few_store(const struct gemm_call *call, int64_t row, int64_t col,
                                                            const int rows, const int panels,
                                                            const struct few_sums *sums) {
  const struct tern_gemm *gemm = call->gemm;
  const __m512 low = _mm512_set1_ps(gemm->y_min), high = _mm512_set1_ps(gemm->y_max);
#pragma GCC unroll 4
  for (int p = 0; p < panels; p++) {
    const int64_t at = col + p * FEW_PANEL, left = gemm->n - at;
    const __mmask16 mask = (__mmask16)(left >= FEW_PANEL ? 0xffff : (1 << left) - 1);
    const __m512 bias = gemm->bias ? _mm512_maskz_loadu_ps(mask, (const float *)gemm->bias + at) : _mm512_setzero_ps();
#pragma GCC unroll 4
    for (int r = 0; r < rows; r++) {
      float *y = (float *)call->y + (row + r) * call->y_row_stride + at;
      const __m512 clamped = _mm512_min_ps(high, _mm512_max_ps(low, _mm512_add_ps(sums->of[r][p], bias)));
      _mm512_mask_storeu_ps(y, mask, gemm->beta ? _mm512_add_ps(clamped, _mm512_maskz_loadu_ps(mask, y)) : clamped);
    }
  }
}

static inline __attribute__((always_inline)) void few_tile(const struct layout *layout, const struct gemm_call *call,
                                                           int64_t row, int64_t col, const int bits, const int rows,
                                                           const int panels, const bool zeros) {
  const struct tern_gemm *gemm = call->gemm;
  const int64_t panel = panel_bytes(layout, gemm->k);
  struct few_group group = {
      .panel_bytes = panel, .a_stride = call->a_row_stride, .a = (const float *)call->a + row * call->a_row_stride};
  struct few_sums all = few_zeros(rows, panels);
  for (int64_t k = 0; k < gemm->k; k += gemm->group, group.a += gemm->group) {
    const int64_t terms = min64(gemm->group, gemm->k - k);
    group.packed = call->packed + col / FEW_PANEL * panel + k * bits / WORD_BITS * FEW_LINE;
#pragma GCC unroll 4
    for (int p = 0; p < panels && zeros; p++) {
      const int64_t at = scale_index(gemm, col + p * FEW_PANEL, k / gemm->group);
      group.zeros[p] = _mm512_cvtepi32_ps(_mm512_loadu_si512(gemm->b_zero_points + at));
    }
    const struct few_sums sums = few_multiply(&group, terms, bits, rows, panels, zeros);
#pragma GCC unroll 4
    for (int p = 0; p < panels; p++) {
      const __m512 scales = _mm512_loadu_ps(gemm->b_scales + scale_index(gemm, col + p * FEW_PANEL, k / gemm->group));
#pragma GCC unroll 4
      for (int r = 0; r < rows; r++) {
        all.of[r][p] = _mm512_fmadd_ps(sums.of[r][p], scales, all.of[r][p]);
      }
    }
  }
  few_store(call, row, col, rows, panels, &all);
}

static inline __attribute__((always_inline)) void few_columns(const struct layout *layout, const struct gemm_call *call,
                                                              struct rectangle part, const int bits, const int rows,
                                                              const int panels, const bool zeros) {
  const int64_t width = panels * FEW_PANEL;
  int64_t col = part.col_begin;
  for (; col + width <= round_up(part.col_end, FEW_PANEL); col += width) {
    few_tile(layout, call, part.row_begin, col, bits, rows, panels, zeros);
  }
  for (; col < part.col_end; col += FEW_PANEL) {
    few_tile(layout, call, part.row_begin, col, bits, rows, 1, zeros);
  }
}

static inline __attribute__((always_inline)) void few_rows(const struct layout *layout, const struct gemm_call *call,
                                                           struct rectangle part, const int bits, const bool zeros) {
  switch (part.row_end - part.row_begin) {
  case 1:
    few_columns(layout, call, part, bits, 1, 4, zeros);
    break;
  case 2:
    few_columns(layout, call, part, bits, 2, 4, zeros);
    break;
  case 3:
    few_columns(layout, call, part, bits, 3, 2, zeros);
    break;
  default:
    few_columns(layout, call, part, bits, 4, 2, zeros);
  }
}

static inline bool is_few_rows(struct rectangle part) {
  const int64_t rows = part.row_end - part.row_begin;
  return rows >= 1 && rows <= FEW_ROWS_AVX512;
}

static inline __attribute__((always_inline)) void
few_rows_run(const struct layout *layout, const struct gemm_call *call, struct rectangle part, const int bits) {
  if (call->gemm->b_zero_points) {
    few_rows(layout, call, part, bits, true);
  } else {
    few_rows(layout, call, part, bits, false);
  }
}

#endif
