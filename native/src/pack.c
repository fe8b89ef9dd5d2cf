// pack.c -- the packed layouts, and their packers in plain C
#include "kernel.h"

#include <string.h>

const struct layout layout_f32_n1 = {1, 1, 1, 4, 0};
const struct layout layout_f32_n16 = {16, 1, 1, 4, 0};
const struct layout layout_s8_n1 = {1, 1, 4, 1, 4};
const struct layout layout_s8_n16k4 = {16, 4, 64, 1, 128};
const struct layout layout_s8_n16k8 = {16, 8, 8, 1, 128};

void pack_f32(const struct layout *layout, int64_t n, int64_t k, const void *b, int64_t b_row_stride,
              int64_t b_col_stride, void *packed, int64_t panel_begin, int64_t panel_end) {
  const int64_t width = layout->panel;
  for (int64_t panel = panel_begin; panel < panel_end; panel++) {
    const float *from = (const float *)b + panel * width * b_col_stride;
    float *to = (float *)((uint8_t *)packed + panel * panel_bytes(layout, k));
    const int64_t cols = min64(width, n - panel * width);
    for (int64_t row = 0; row < k; row++, from += b_row_stride, to += width) {
      for (int64_t col = 0; col < cols; col++) {
        to[col] = from[col * b_col_stride];
      }
      memset(to + cols, 0, (size_t)(width - cols) * sizeof(float));
    }
  }
}

// Sums of the panel's columns, and whether two neighbours along K reach beyond what u8 * pair leaves of 16 bits:
// 255 * 128 = 32640 fits, 255 * 129 = 32895 does not.
static void write_trailer(const struct layout *layout, int64_t k, uint8_t *panel) {
  const int32_t width = layout->panel, group = layout->group;
  const int8_t *weights = (const int8_t *)panel;
  int32_t sums[16] = {0};
  int32_t wide = 0;
  for (int64_t i = 0; i < round_up(k, layout->k_pad) / group; i++) {
    for (int32_t col = 0; col < width; col++, weights += group) {
      for (int32_t j = 0; j < group; j++) {
        sums[col] += weights[j];
      }
      for (int32_t j = 0; j + 1 < group; j += 2) {
        const int32_t x = weights[j], z = weights[j + 1];
        const int32_t above = (x > 0 ? x : 0) + (z > 0 ? z : 0), below = (x < 0 ? x : 0) + (z < 0 ? z : 0);
        wide |= (above > 128) | (below < -128);
      }
    }
  }
  uint8_t *trailer = panel + panel_elements_bytes(layout, k);
  memset(trailer, 0, (size_t)layout->trailer);
  memcpy(trailer, sums, (size_t)width * sizeof(int32_t));
  if (layout->trailer > width * (int32_t)sizeof(int32_t)) {
    const int32_t flags = wide ? WIDE_PAIRS : 0;
    memcpy(trailer + (size_t)width * sizeof(int32_t), &flags, sizeof flags);
  }
}

void pack_s8(const struct layout *layout, int64_t n, int64_t k, const void *b, int64_t b_row_stride,
             int64_t b_col_stride, void *packed, int64_t panel_begin, int64_t panel_end) {
  const int64_t width = layout->panel, group = layout->group;
  for (int64_t panel = panel_begin; panel < panel_end; panel++) {
    uint8_t *to = (uint8_t *)packed + panel * panel_bytes(layout, k);
    const int64_t cols = min64(width, n - panel * width);
    memset(to, 0, (size_t)panel_elements_bytes(layout, k));
    for (int64_t row = 0; row < k; row++) {
      const int8_t *from = (const int8_t *)b + row * b_row_stride + panel * width * b_col_stride;
      int8_t *slot = (int8_t *)to + row / group * group * width + row % group;
      for (int64_t col = 0; col < cols; col++) {
        slot[col * group] = from[col * b_col_stride];
      }
    }
    write_trailer(layout, k, to);
  }
}
