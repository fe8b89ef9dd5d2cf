// pack.c -- the packed layouts, and their packers in plain C
#include "kernel.h"

#include <string.h>

const struct layout layout_f32_n1 = {1, 1, 1, 4, 0, 1};
const struct layout layout_f32_n16 = {16, 1, 1, 4, 0, 1};
const struct layout layout_bf16_n1 = {1, 1, 1, 2, 0, 1};
const struct layout layout_bf16_n16k2 = {16, 2, 2, 2, 0, 1};
const struct layout layout_s8_n1 = {1, 1, 4, 1, 4, 1};
const struct layout layout_s8_n16k4 = {16, 4, 64, 1, 128, 1};
const struct layout layout_s8_n16k8 = {16, 8, 8, 1, 128, 1};
const struct layout layout_s4_n1 = {1, 4, 4, 1, 4, 2};
const struct layout layout_s4_n16k8 = {16, 4, 4, 1, 64, 2};
const struct layout layout_s2_n1 = {1, 4, 4, 1, 4, 4};
const struct layout layout_s2_n16k16 = {16, 4, 4, 1, 64, 4};
const struct layout layout_b1_n1 = {1, 8, 8, 1, 0, 8};
const struct layout layout_b1_n16k32 = {16, 4, 4, 1, 0, 8};

// Rows of one panel. One that lacks columns is rare; it goes column by column, since a copy of a few floats is a call.
static void copy_rows(float *to, int64_t width, const float *from, int64_t stride, int64_t rows, int64_t cols) {
  if (cols == 16) {
    for (int64_t row = 0; row < rows; row++) {
      memcpy(to + row * 16, from + row * stride, 16 * sizeof(float));
    }
    return;
  }
  memset(to, 0, (size_t)(rows * width) * sizeof(float));
  for (int64_t col = 0; col < cols; col++) {
    for (int64_t row = 0; row < rows; row++) {
      to[row * width + col] = from[row * stride + col];
    }
  }
}

// Columns side by side. The rows of a wide B lie pages apart: few rows at a time, for all panels, keep the pages few
// and read each line once.
static void pack_f32_rows(const struct layout *layout, int64_t n, int64_t k, const float *b, int64_t b_row_stride,
                          uint8_t *packed, int64_t panel_begin, int64_t panel_end) {
  enum { ROWS_AT_ONCE = 32 };
  const int64_t width = layout->panel;
  for (int64_t row_begin = 0; row_begin < k; row_begin += ROWS_AT_ONCE) {
    const int64_t row_end = min64(row_begin + ROWS_AT_ONCE, k);
    for (int64_t panel = panel_begin; panel < panel_end; panel++) {
      const int64_t cols = min64(width, n - panel * width);
      float *to = (float *)(packed + panel * panel_bytes(layout, k)) + row_begin * width;
      const float *from = b + row_begin * b_row_stride + panel * width;
      copy_rows(to, width, from, b_row_stride, row_end - row_begin, cols);
    }
  }
}

typedef float float4 __attribute__((vector_size(16), aligned(4)));

#if defined(__clang__)
#define SHUFFLE(x, y, ...) __builtin_shufflevector(x, y, __VA_ARGS__)
#else
typedef int32_t int4 __attribute__((vector_size(16)));
#define SHUFFLE(x, y, ...) __builtin_shuffle(x, y, (int4){__VA_ARGS__})
#endif

// to[row][col] = from[col][row] for four rows and columns.
static inline void transpose_4x4(float *to, int64_t to_stride, const float *from, int64_t from_stride) {
  const float4 a = *(const float4 *)from, b = *(const float4 *)(from + from_stride);
  const float4 c = *(const float4 *)(from + 2 * from_stride), d = *(const float4 *)(from + 3 * from_stride);
  const float4 ab_low = SHUFFLE(a, b, 0, 4, 1, 5), ab_high = SHUFFLE(a, b, 2, 6, 3, 7);
  const float4 cd_low = SHUFFLE(c, d, 0, 4, 1, 5), cd_high = SHUFFLE(c, d, 2, 6, 3, 7);
  *(float4 *)to = SHUFFLE(ab_low, cd_low, 0, 1, 4, 5);
  *(float4 *)(to + to_stride) = SHUFFLE(ab_low, cd_low, 2, 3, 6, 7);
  *(float4 *)(to + 2 * to_stride) = SHUFFLE(ab_high, cd_high, 0, 1, 4, 5);
  *(float4 *)(to + 3 * to_stride) = SHUFFLE(ab_high, cd_high, 2, 3, 6, 7);
}

// Rows side by side: each panel transposes its own part of B.
static void pack_f32_columns(const struct layout *layout, int64_t n, int64_t k, const float *b, int64_t b_col_stride,
                             uint8_t *packed, int64_t panel_begin, int64_t panel_end) {
  const int64_t width = layout->panel;
  for (int64_t panel = panel_begin; panel < panel_end; panel++) {
    const float *from = b + panel * width * b_col_stride;
    float *to = (float *)(packed + panel * panel_bytes(layout, k));
    const int64_t cols = min64(width, n - panel * width);
    const int64_t whole_cols = cols / 4 * 4, whole_rows = k / 4 * 4;
    for (int64_t row = 0; row < whole_rows; row += 4) {
      for (int64_t col = 0; col < whole_cols; col += 4) {
        transpose_4x4(to + row * width + col, width, from + col * b_col_stride + row, b_col_stride);
      }
    }
    for (int64_t row = 0; row < k; row++) {
      for (int64_t col = row < whole_rows ? whole_cols : 0; col < width; col++) {
        to[row * width + col] = col < cols ? from[col * b_col_stride + row] : 0;
      }
    }
  }
}

void pack_f32(const struct layout *layout, int64_t n, int64_t k, const void *b, int64_t b_row_stride,
              int64_t b_col_stride, void *packed, int64_t panel_begin, int64_t panel_end) {
  if (b_col_stride == 1) {
    pack_f32_rows(layout, n, k, b, b_row_stride, packed, panel_begin, panel_end);
  } else {
    pack_f32_columns(layout, n, k, b, b_col_stride, packed, panel_begin, panel_end);
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

// Element `index` of s4 or s2 side by side, `terms` to a byte, the lowest bits first.
static int32_t narrow_at(const uint8_t *from, int64_t index, int32_t terms) {
  const int32_t bits = 8 / terms;
  const uint32_t above = (uint32_t)from[index / terms] << (32 - bits - index % terms * bits);
  return (int32_t)above >> (32 - bits);
}

// s4 and s2. Weight k of a group of 4 * terms lies in byte k % 4, at bits (k / 4) * 8 / terms.
void pack_narrow(const struct layout *layout, int64_t n, int64_t k, const void *b, int64_t b_row_stride,
                 int64_t b_col_stride, void *packed, int64_t panel_begin, int64_t panel_end) {
  const int64_t width = layout->panel, group = layout->group, terms = layout->terms;
  for (int64_t panel = panel_begin; panel < panel_end; panel++) {
    uint8_t *to = (uint8_t *)packed + panel * panel_bytes(layout, k);
    memset(to, 0, (size_t)panel_bytes(layout, k));
    int32_t *sums = (int32_t *)(to + panel_elements_bytes(layout, k));
    for (int64_t col = 0; col < min64(width, n - panel * width); col++) {
      for (int64_t row = 0; row < k; row++) {
        const int64_t from = row * b_row_stride + (panel * width + col) * b_col_stride;
        const int32_t weight = narrow_at(b, from, layout->terms);
        const int64_t within = row % (group * terms);
        uint8_t *byte = to + row / (group * terms) * group * width + col * group + within % group;
        *byte |= (uint8_t)((weight & (0xff >> (8 - 8 / terms))) << (within / group * (8 / terms)));
        sums[col] += weight;
      }
    }
  }
}

// Signs of a column side by side along k, from a whole byte on; what is left of its last byte may hold anything.
void pack_b1(const struct layout *layout, int64_t n, int64_t k, const void *b, int64_t b_row_stride,
             int64_t b_col_stride, void *packed, int64_t panel_begin, int64_t panel_end) {
  (void)b_row_stride; // always 1
  const int64_t width = layout->panel, group = layout->group, bytes = ceil_div(k, SIGNS_OF_BYTE);
  for (int64_t panel = panel_begin; panel < panel_end; panel++) {
    uint8_t *to = (uint8_t *)packed + panel * panel_bytes(layout, k);
    memset(to, 0, (size_t)panel_elements_bytes(layout, k));
    for (int64_t col = 0; col < min64(width, n - panel * width); col++) {
      const uint8_t *from = (const uint8_t *)b + (panel * width + col) * (b_col_stride / SIGNS_OF_BYTE);
      for (int64_t i = 0; i < bytes; i += group) {
        memcpy(to + i * width + col * group, from + i, (size_t)min64(group, bytes - i));
      }
      if (bytes > 0) {
        to[(bytes - 1) / group * group * width + col * group + (bytes - 1) % group] &= last_signs(k);
      }
    }
  }
}
