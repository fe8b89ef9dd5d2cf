// reorder_scalar.c -- copies and transposes matrices, one element at a time
//   y[r][c] or y[c][r] = convert(x[r][c]), see tern.h
//   layout:    rows with strides, elements of a row side by side; signs from the lowest bit of a byte on
//   registers: the compiler's
//   overflow:  quotients are clamped before the zero point is added
//   reads:     the elements, exactly
//   target:    any CPU
//   truth: its own formula in reorder_test    test: reorder_test    bench: bench/lab/reorder_lab.c
#include "../reorder.h"
#include "scalar.h"

static inline __attribute__((always_inline)) void run(const struct reorder_block *block,
                                                      const enum conversion conversion) {
  reorder_rest(block, conversion, 0, block->rows, 0, block->cols);
}

void reorder_f32_scalar(const struct reorder_block *block) {
  REORDER_BY_CONVERSION(run, block)
}
