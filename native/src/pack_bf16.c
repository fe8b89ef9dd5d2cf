// pack_bf16.c -- packs bf16_n1, and bf16_n16k2 in pairs of k
//   reads:     exactly [K, N] of B; columns past the last one, and what fills up the last pair, are zero
//   truth: the results of gemm_f32_test
#include "bf16.h"

#include <string.h>

// Inlined with what is known of the strides: neighbours along k are words, neighbouring columns are interleaved.
static inline __attribute__((always_inline)) void pack_pairs(const uint16_t *from, const int64_t row_stride,
                                                             const int64_t col_stride, int64_t pairs,
                                                             const int64_t cols, uint16_t *to) {
  for (int64_t i = 0; i < pairs; i++, from += 2 * row_stride, to += 2 * cols) {
    for (int64_t col = 0; col < cols; col++) {
      to[2 * col] = from[col * col_stride];
      to[2 * col + 1] = from[row_stride + col * col_stride];
    }
  }
}

// Panels without a missing column.
static void pack_whole(const uint16_t *from, int64_t row_stride, int64_t col_stride, int64_t pairs, uint16_t *to) {
  if (col_stride == 1) {
    pack_pairs(from, row_stride, 1, pairs, 16, to);
  } else {
    pack_pairs(from, 1, col_stride, pairs, 16, to);
  }
}

// Rows from `row` on, one element at a time.
static void pack_rest(const struct layout *layout, const uint16_t *from, int64_t row_stride, int64_t col_stride,
                      int64_t row, int64_t k, int64_t cols, uint16_t *to) {
  const int64_t width = layout->panel, group = layout->group;
  memset(to + row * width, 0, (size_t)((round_up(k, layout->k_pad) - row) * width) * sizeof(uint16_t));
  for (; row < k; row++) {
    uint16_t *slot = to + row / group * group * width + row % group;
    for (int64_t col = 0; col < cols; col++) {
      slot[col * group] = from[row * row_stride + col * col_stride];
    }
  }
}

void pack_bf16(const struct layout *layout, int64_t n, int64_t k, const void *b, int64_t b_row_stride,
               int64_t b_col_stride, void *packed, int64_t panel_begin, int64_t panel_end) {
  const int64_t width = layout->panel;
  for (int64_t panel = panel_begin; panel < panel_end; panel++) {
    const int64_t cols = min64(width, n - panel * width), whole = cols == 16 ? k / 2 : 0;
    const uint16_t *from = (const uint16_t *)b + panel * width * b_col_stride;
    uint16_t *to = (uint16_t *)((uint8_t *)packed + panel * panel_bytes(layout, k));
    pack_whole(from, b_row_stride, b_col_stride, whole, to);
    pack_rest(layout, from, b_row_stride, b_col_stride, 2 * whole, k, cols, to);
  }
}
