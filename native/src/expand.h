// expand.h -- s4, s2 and b1 weights through an int8 kernel, for those that multiply bytes only
//   As many columns at a time as stay in L2 are brought to bytes, once for all rows of a part: beside AMX that takes
//   two thirds of the time at 16 rows, a fifth at 128, a tenth at 1024. What comes from memory is a half or a quarter
//   of int8. Included by each kernel, so that it is compiled for its instruction set.
#ifndef TERN_EXPAND_H
#define TERN_EXPAND_H

#include "kernel.h"

#include <string.h>

// An int8 kernel of layout s8_n16k4 and the layout of the narrow weights.
struct expansion {
  const struct layout *layout;
  workspace_function *workspace;
  run_function *run;
};

enum {
  PANEL = 16,
  LINE = 64,               // bytes: four k of a panel
  BLOCK_BYTES = 512 * 1024 // of expanded weights
};

static inline int64_t block_cols(int64_t k, int64_t n) {
  const int64_t cols = BLOCK_BYTES / (k + 1) / (4 * PANEL) * (4 * PANEL);
  return min64(max64(cols, 4 * PANEL), round_up(n, PANEL));
}

static inline int64_t inner_workspace(const struct expansion *expansion, const struct tern_gemm *gemm, int64_t m) {
  return round_up(expansion->workspace(gemm, m), TERN_ALIGNMENT);
}

static inline int64_t expanded_workspace(const struct expansion *expansion, const struct tern_gemm *gemm, int64_t m) {
  const int64_t panels = block_cols(gemm->k, gemm->n) / PANEL;
  return inner_workspace(expansion, gemm, m) + panels * panel_bytes(&layout_s8_n16k4, gemm->k);
}

typedef uint8_t line_bytes __attribute__((vector_size(LINE), aligned(16), may_alias));
typedef uint32_t line_words __attribute__((vector_size(LINE), aligned(16), may_alias));

// Weights `term` of 64 bytes, sign extended: with the sign bit flipped and taken away again.
static inline __attribute__((always_inline)) void expand_line(const uint8_t *from, int32_t term, int32_t terms,
                                                              uint8_t *to) {
  const uint8_t bits = (uint8_t)(8 / terms), low = (uint8_t)(0xff >> (8 - bits)), sign = (uint8_t)(1 << (bits - 1));
  const line_words down = *(const line_words *)from >> (uint32_t)(bits * term);
  *(line_bytes *)to = (((line_bytes)down & low) ^ sign) - sign;
}

// Signs `term` * 4 to `term` * 4 + 3 of each word: multiplied, a nibble comes to lie a bit in each byte.
static inline __attribute__((always_inline)) void expand_signs(const uint8_t *from, int32_t term, uint8_t *to) {
  const line_words nibbles = *(const line_words *)from >> (uint32_t)(4 * term) & 0xf;
  const line_words ones = nibbles * 0x204081 & 0x1010101;
  *(line_bytes *)to = (line_bytes)ones * 2 - 1;
}

static inline void expand_panel(const struct layout *layout, int64_t k, const uint8_t *from, uint8_t *to) {
  const int32_t terms = layout->terms;
  const int64_t lines = panel_elements_bytes(&layout_s8_n16k4, k) / LINE, groups = ceil_div(k, 4 * terms);
  const uint8_t *sums = from + panel_elements_bytes(layout, k);
  for (int64_t group = 0; group < groups; group++, from += LINE) {
    for (int32_t term = 0; term < terms; term++, to += LINE) {
      if (terms == SIGNS_OF_BYTE) {
        expand_signs(from, term, to);
      } else {
        expand_line(from, term, terms, to);
      }
    }
  }
  memset(to, 0, (size_t)((lines - groups * terms) * LINE));
  to += (lines - groups * terms) * LINE;
  memset(to, 0, (size_t)layout_s8_n16k4.trailer); // no pair is wide
  memcpy(to, sums, (size_t)layout->trailer);      // none of signs, whose kernels do not read them
}

static inline int64_t y_bytes(const struct tern_gemm *gemm) {
  return gemm->y_type == TERN_S32 || gemm->y_type == TERN_F32 ? 4 : 1;
}

// Columns [col, col + cols) as a product of their own, whose weights are `expanded`.
static inline void run_columns(const struct expansion *expansion, const struct gemm_call *call, struct rectangle part,
                               int64_t col, int64_t cols, const uint8_t *expanded) {
  struct tern_gemm gemm = *call->gemm;
  gemm.n = cols;
  const int64_t column = gemm.b_scales ? col * groups_of(&gemm) : col; // of what lies by groups
  gemm.seeds += column;
  gemm.b_zero_points = gemm.b_zero_points ? gemm.b_zero_points + column : NULL;
  gemm.multipliers = gemm.multipliers ? gemm.multipliers + col : NULL;
  gemm.b_scales = gemm.b_scales ? gemm.b_scales + column : NULL;
  gemm.bias = gemm.b_scales && gemm.bias ? (const float *)gemm.bias + col : gemm.bias;
  struct gemm_call inner = *call;
  inner.gemm = &gemm;
  inner.packed = expanded;
  inner.y = (uint8_t *)call->y + col * y_bytes(&gemm);
  expansion->run(&inner, (struct rectangle){part.row_begin, part.row_end, 0, cols});
}

static inline void expanded_run(const struct expansion *expansion, const struct gemm_call *call,
                                struct rectangle part) {
  const struct layout *layout = expansion->layout;
  const int64_t k = call->gemm->k, step = block_cols(k, call->gemm->n);
  const int64_t from_bytes = panel_bytes(layout, k), to_bytes = panel_bytes(&layout_s8_n16k4, k);
  uint8_t *expanded = (uint8_t *)call->workspace + inner_workspace(expansion, call->gemm, call->m);
  for (int64_t col = part.col_begin; col < part.col_end; col += step) {
    const int64_t cols = min64(step, part.col_end - col);
    for (int64_t panel = 0; panel < ceil_div(cols, PANEL); panel++) {
      expand_panel(layout, k, call->packed + (col / PANEL + panel) * from_bytes, expanded + panel * to_bytes);
    }
    run_columns(expansion, call, part, col, cols, expanded);
  }
}

#endif
