// widen_bf16.h -- bf16 GEMM through an f32 kernel, where no instruction multiplies pairs
//   Blocks of A and of the weights become f32 in the workspace, exactly: A in rows, the weights in panels of layout
//   f32_n16; for few rows so much of them as stays in L1, for more as stays in L2 until the rows have passed. So
//   weights leave memory as two bytes each. Included by each kernel, so that it is compiled for its instruction set.
#ifndef TERN_WIDEN_BF16_H
#define TERN_WIDEN_BF16_H

#include "bf16.h"

enum {
  WIDE_PANEL = 16,
  WIDE_ROWS = 192, // of A at a time
  FEW_ROWS = 8,
  FEW_ROWS_K = 128, // times 64 columns: 32 KB
  FEW_ROWS_COLS = 64,
  WIDE_K = 768, // times 128 columns: 384 KB
  WIDE_COLS = 128
};

typedef uint32_t bits_of_real __attribute__((may_alias));

static inline int64_t wide_rows_floats(const struct tern_gemm *gemm, int64_t m) {
  return round_up(min64(m, WIDE_ROWS) * min64(gemm->k, WIDE_K), WIDE_PANEL);
}

// A row past the last one takes what fills up the last pair.
static inline int64_t widened_workspace(const struct tern_gemm *gemm, int64_t m) {
  const int64_t floats = (min64(gemm->k, WIDE_K) * WIDE_COLS + WIDE_PANEL) + wide_rows_floats(gemm, m);
  return floats * (int64_t)sizeof(float);
}

static inline void widen_row(const uint16_t *from, int64_t k, float *to) {
  for (int64_t i = 0; i < k; i++) {
    to[i] = bf16_widen(from[i]);
  }
}

// Two rows of a panel at a time: the lower half of each word is the earlier one.
static inline void widen_panel(const uint32_t *restrict from, int64_t pairs, bits_of_real *restrict to) {
  for (int64_t i = 0; i < pairs; i++, from += WIDE_PANEL, to += 2 * WIDE_PANEL) {
    for (int col = 0; col < WIDE_PANEL; col++) {
      to[col] = from[col] << 16;
      to[WIDE_PANEL + col] = from[col] & 0xffff0000;
    }
  }
}

// Columns [col, col + cols) and terms [k_begin, k_end) as a product of their own; k_begin is even.
static inline void run_wide_block(run_function *run, const struct gemm_call *call, int64_t row, int64_t rows,
                                  int64_t col, int64_t cols, int64_t k_begin, int64_t k_end) {
  const int64_t k = k_end - k_begin, panel = panel_bytes(&layout_bf16_n16k2, call->gemm->k);
  float *a = call->workspace, *b = a + wide_rows_floats(call->gemm, call->m);
  for (int64_t r = 0; r < rows; r++) {
    widen_row((const uint16_t *)call->a + (row + r) * call->a_row_stride + k_begin, k, a + r * k);
  }
  for (int64_t c = 0; c < cols; c += WIDE_PANEL) {
    const uint8_t *from = call->packed + (col + c) / WIDE_PANEL * panel;
    widen_panel((const uint32_t *)from + k_begin / 2 * WIDE_PANEL, bf16_pairs(k), (bits_of_real *)b + c * k);
  }
  const struct tern_gemm gemm = gemm_block(call->gemm, col, cols, k_begin, k_end);
  const struct gemm_call wide = {.gemm = &gemm,
                                 .packed = (const uint8_t *)b,
                                 .m = rows,
                                 .a = a,
                                 .a_row_stride = k,
                                 .a_col_stride = 1,
                                 .y = (float *)call->y + row * call->y_row_stride + col,
                                 .y_row_stride = call->y_row_stride};
  run(&wide, (struct rectangle){0, rows, 0, cols});
}

static inline void run_wide_rows(run_function *run, const struct gemm_call *call, int64_t row, int64_t rows,
                                 struct rectangle part) {
  const int64_t k_step = rows <= FEW_ROWS ? FEW_ROWS_K : WIDE_K;
  const int64_t col_step = rows <= FEW_ROWS ? FEW_ROWS_COLS : WIDE_COLS;
  for (int64_t col = part.col_begin; col < part.col_end; col += col_step) {
    const int64_t cols = min64(col_step, part.col_end - col);
    int64_t k = 0;
    do {
      run_wide_block(run, call, row, rows, col, cols, k, min64(k + k_step, call->gemm->k));
      k += k_step;
    } while (k < call->gemm->k);
  }
}

// By an f32 kernel, which needs no workspace where neither of its operands is transposed.
static inline void widened_run(run_function *run, const struct gemm_call *call, struct rectangle part) {
  for (int64_t row = part.row_begin; row < part.row_end; row += WIDE_ROWS) {
    run_wide_rows(run, call, row, min64(WIDE_ROWS, part.row_end - row), part);
  }
}

#endif
