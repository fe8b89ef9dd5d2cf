// dequantize.h -- f32 activations with s8, s4, s2 or b1 weights, through an f32 kernel
//   A block of weights at a time becomes reals, w = (b - zb) * sb, in panels of layout f32_n16 in the workspace: for
//   few rows so much as stays in L1, where storing and loading it takes ports that the arithmetic leaves free, for more
//   rows so much as stays in L2 until all of them have passed. Sums of a later block of k are added to y; the last one
//   clamps. Included by each kernel, so that it is compiled for its instruction set.
#ifndef TERN_DEQUANTIZE_H
#define TERN_DEQUANTIZE_H

#include "kernel.h"

// An f32 kernel and the layout of the weights, whose lines of 64 bytes hold 32 / bits of k for 16 columns.
struct dequantization {
  const struct layout *layout;
  int32_t bits;
  workspace_function *workspace;
  run_function *run;
};

enum {
  DEQUANTIZED_PANEL = 16,
  LINE_BYTES = 64,
  FEW_ROWS = 8,
  FEW_ROWS_K = 128, // times 64 columns: 32 KB
  FEW_ROWS_COLS = 64,
  BLOCK_K = 768, // times 128 columns: 384 KB
  BLOCK_COLS = 128,
  MOST_TERMS = 32 // of a line; the last may write so many rows past its panel
};

typedef float floats16 __attribute__((vector_size(64), aligned(16), may_alias));
typedef int32_t words16 __attribute__((vector_size(64), aligned(16), may_alias));

static inline int64_t block_k(int64_t rows) {
  return rows <= FEW_ROWS ? FEW_ROWS_K : BLOCK_K;
}

static inline int64_t block_cols(int64_t rows) {
  return rows <= FEW_ROWS ? FEW_ROWS_COLS : BLOCK_COLS;
}

static inline int64_t inner_workspace(const struct dequantization *weights, const struct tern_gemm *gemm, int64_t m) {
  return round_up(weights->workspace(gemm, m), TERN_ALIGNMENT);
}

static inline int64_t dequantized_workspace(const struct dequantization *weights, const struct tern_gemm *gemm,
                                            int64_t m) {
  const int64_t floats = BLOCK_K * BLOCK_COLS + MOST_TERMS * DEQUANTIZED_PANEL;
  return inner_workspace(weights, gemm, m) + floats * (int64_t)sizeof(float);
}

// to = (weight `term` of each word - zeros) * scales. A sign is taken at the bottom of its word, others come to the top
// first and down again with their sign.
static inline __attribute__((always_inline)) void dequantize_term(const uint8_t *from, const int term, const int bits,
                                                                  const floats16 *zeros, const floats16 *scales,
                                                                  float *to) {
  const words16 line = *(const words16 *)from;
  const int below = bits == 1 ? term : 8 * (term % 4) + bits * (term / 4);
  words16 weights = (line << (32 - bits - below)) >> (32 - bits);
  if (bits == 1) {
    weights = (line >> term & 1) * 2 - 1;
  }
  *(floats16 *)to = (__builtin_convertvector(weights, floats16) - *zeros) * *scales;
}

// Lines of one group: all of them share zero points and scales.
static inline __attribute__((always_inline)) void dequantize_lines(const uint8_t *from, int64_t lines, const int bits,
                                                                   const floats16 *zeros, const floats16 *scales,
                                                                   float *to) {
  const int terms = 32 / bits;
  for (int64_t i = 0; i < lines; i++, from += LINE_BYTES) {
#pragma GCC unroll 32
    for (int term = 0; term < terms; term++, to += DEQUANTIZED_PANEL) {
      dequantize_term(from, term, bits, zeros, scales, to);
    }
  }
}

static inline void dequantize_group(int32_t bits, const uint8_t *from, int64_t lines, const int32_t *zero_points,
                                    const float *scale, float *to) {
  const floats16 scales = *(const floats16 *)scale;
  floats16 zeros = {0};
  if (zero_points) {
    zeros = __builtin_convertvector(*(const words16 *)zero_points, floats16);
  }
  switch (bits) {
  case 1:
    dequantize_lines(from, lines, 1, &zeros, &scales, to);
    break;
  case 2:
    dequantize_lines(from, lines, 2, &zeros, &scales, to);
    break;
  case 4:
    dequantize_lines(from, lines, 4, &zeros, &scales, to);
    break;
  default:
    dequantize_lines(from, lines, 8, &zeros, &scales, to);
  }
}

// Terms [k_begin, k_end) of the panel that begins with column col.
static inline void dequantize_panel(const struct dequantization *weights, const struct gemm_call *call, int64_t col,
                                    int64_t k_begin, int64_t k_end, float *to) {
  const struct tern_gemm *gemm = call->gemm;
  const int64_t terms = 32 / weights->bits;
  const uint8_t *panel = call->packed + col / DEQUANTIZED_PANEL * panel_bytes(weights->layout, gemm->k);
  for (int64_t k = k_begin; k < k_end;) {
    const int64_t group = k / gemm->group, next = min64((group + 1) * gemm->group, k_end);
    const int64_t at = scale_index(gemm, col, group);
    dequantize_group(weights->bits, panel + k / terms * LINE_BYTES, ceil_div(next - k, terms),
                     gemm->b_zero_points ? gemm->b_zero_points + at : NULL, gemm->b_scales + at,
                     to + (k - k_begin) * DEQUANTIZED_PANEL);
    k = next;
  }
}

// Columns [col, col + cols) and terms [k_begin, k_end) as a product of their own.
static inline void run_block(const struct dequantization *weights, const struct gemm_call *call, struct rectangle part,
                             int64_t col, int64_t cols, int64_t k_begin, int64_t k_end, float *reals) {
  for (int64_t c = 0; c < cols; c += DEQUANTIZED_PANEL) {
    dequantize_panel(weights, call, col + c, k_begin, k_end, reals + c * (k_end - k_begin));
  }
  const struct tern_gemm gemm = gemm_block(call->gemm, col, cols, k_begin, k_end);
  struct gemm_call inner = *call;
  inner.gemm = &gemm;
  inner.packed = (const uint8_t *)reals;
  inner.a = (const float *)call->a + k_begin;
  inner.y = (float *)call->y + col;
  weights->run(&inner, (struct rectangle){part.row_begin, part.row_end, 0, cols});
}

static inline void dequantized_run(const struct dequantization *weights, const struct gemm_call *call,
                                   struct rectangle part) {
  const struct tern_gemm *gemm = call->gemm;
  const int64_t rows = part.row_end - part.row_begin, k_step = block_k(rows), col_step = block_cols(rows);
  float *reals = (float *)((uint8_t *)call->workspace + inner_workspace(weights, gemm, call->m));
  for (int64_t col = part.col_begin; col < part.col_end; col += col_step) {
    const int64_t cols = min64(col_step, part.col_end - col);
    int64_t k = 0;
    do {
      run_block(weights, call, part, col, cols, k, min64(k + k_step, gemm->k), reals);
      k += k_step;
    } while (k < gemm->k);
  }
}

#endif
