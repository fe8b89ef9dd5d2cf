// reorder.h -- what a reordering kernel gets: a matrix to copy or to transpose, each element converted on its way
#ifndef TERN_REORDER_H
#define TERN_REORDER_H

#include "kernel.h"

#include <math.h>

// Elements of a row of x lie side by side, and so do those of a row of y: rows x cols where it is copied, cols x rows
// where it is transposed. Strides in bytes; a row of signs begins on a whole byte.
struct reorder_block {
  const uint8_t *x;
  uint8_t *y;
  int64_t rows, cols, x_row, y_row;
  float scale;
  int32_t zero_point, from_type, to_type;
  bool transposes;
};

// What becomes of an element.
enum conversion {
  COPY_F32,
  COPY_BYTE,
  QUANTIZE_U8,
  QUANTIZE_S8,
  DEQUANTIZE_U8,
  DEQUANTIZE_S8,
  TO_SIGNS,
};

static inline enum conversion conversion_of(const struct reorder_block *block) {
  if (block->from_type == TERN_F32) {
    return block->to_type == TERN_F32  ? COPY_F32
           : block->to_type == TERN_B1 ? TO_SIGNS
           : block->to_type == TERN_U8 ? QUANTIZE_U8
                                       : QUANTIZE_S8;
  }
  return block->to_type != TERN_F32 ? COPY_BYTE : block->from_type == TERN_U8 ? DEQUANTIZE_U8 : DEQUANTIZE_S8;
}

static inline bool dequantizes(enum conversion conversion) {
  return conversion == DEQUANTIZE_U8 || conversion == DEQUANTIZE_S8;
}

// Bytes of an element of x.
static inline int64_t from_bytes(enum conversion conversion) {
  return conversion == COPY_BYTE || dequantizes(conversion) ? 1 : sizeof(float);
}

// Bytes of so many elements of y, of signs a multiple of eight.
static inline int64_t to_bytes(enum conversion conversion, int64_t elements) {
  const int64_t size = conversion == COPY_F32 || dequantizes(conversion) ? sizeof(float) : 1;
  return conversion == TO_SIGNS ? elements / SIGNS_OF_BYTE : elements * size;
}

// Quotients that become the least and the greatest value. Clamped before the zero point is added, all sums are exact.
static inline float least_quotient(const struct reorder_block *block, enum conversion conversion) {
  return (float)((conversion == QUANTIZE_S8 ? -128 : 0) - block->zero_point);
}

static inline float greatest_quotient(const struct reorder_block *block, enum conversion conversion) {
  return (float)((conversion == QUANTIZE_S8 ? 127 : 255) - block->zero_point);
}

static inline uint8_t quantize_one(const struct reorder_block *block, enum conversion conversion, float x) {
  const float low = least_quotient(block, conversion), high = greatest_quotient(block, conversion);
  const float quotient = isnan(x) ? 0 : rintf(x / block->scale);
  return (uint8_t)((int32_t)(quotient < low ? low : quotient > high ? high : quotient) + block->zero_point);
}

static inline float dequantize_one(const struct reorder_block *block, int32_t x) {
  return block->scale * (float)(x - block->zero_point);
}

// One element that is no sign.
static inline __attribute__((always_inline)) void
reorder_one(const struct reorder_block *block, const enum conversion conversion, const uint8_t *x, uint8_t *y) {
  switch (conversion) {
  case COPY_F32:
    __builtin_memcpy(y, x, sizeof(float));
    break;
  case DEQUANTIZE_U8:
    *(float *)y = dequantize_one(block, *x);
    break;
  case DEQUANTIZE_S8:
    *(float *)y = dequantize_one(block, *(const int8_t *)x);
    break;
  case QUANTIZE_U8:
  case QUANTIZE_S8:
    *y = quantize_one(block, conversion, *(const float *)x);
    break;
  default:
    *y = *x;
  }
}

// The signs of up to eight floats, `step` bytes apart, as a byte whose other bits are 0.
static inline uint8_t signs_of(const uint8_t *x, int64_t step, int64_t count) {
  uint8_t signs = 0;
  for (int64_t i = 0; i < count; i++) {
    signs |= (uint8_t)((*(const float *)(x + i * step) >= 0) << i);
  }
  return signs;
}

// Rows [row, row_end) of columns [col, col_end), one element at a time. Transposed signs begin on a byte of y.
static inline __attribute__((always_inline)) void reorder_rest(const struct reorder_block *block,
                                                               const enum conversion conversion, int64_t row,
                                                               int64_t row_end, int64_t col, int64_t col_end) {
  const int64_t from = from_bytes(conversion);
  const bool transposes = block->transposes;
  if (conversion == TO_SIGNS) {
    const int64_t step = transposes ? block->x_row : from;
    const int64_t lines = transposes ? col_end : row_end, end = transposes ? row_end : col_end;
    for (int64_t line = transposes ? col : row; line < lines; line++) {
      const uint8_t *x = block->x + line * (transposes ? from : block->x_row);
      for (int64_t i = transposes ? row : col; i < end; i += SIGNS_OF_BYTE) {
        block->y[line * block->y_row + i / SIGNS_OF_BYTE] = signs_of(x + i * step, step, min64(SIGNS_OF_BYTE, end - i));
      }
    }
    return;
  }
  for (int64_t r = row; r < row_end; r++) {
    for (int64_t c = col; c < col_end; c++) {
      uint8_t *y = block->y + (transposes ? c * block->y_row + to_bytes(conversion, r)
                                          : r * block->y_row + to_bytes(conversion, c));
      reorder_one(block, conversion, block->x + r * block->x_row + c * from, y);
    }
  }
}

// Calls run(block, conversion) with a conversion that the compiler knows.
#define REORDER_BY_CONVERSION(run, block)                                                                              \
  switch (conversion_of(block)) {                                                                                      \
  case COPY_F32:                                                                                                       \
    run(block, COPY_F32);                                                                                              \
    break;                                                                                                             \
  case COPY_BYTE:                                                                                                      \
    run(block, COPY_BYTE);                                                                                             \
    break;                                                                                                             \
  case QUANTIZE_U8:                                                                                                    \
    run(block, QUANTIZE_U8);                                                                                           \
    break;                                                                                                             \
  case QUANTIZE_S8:                                                                                                    \
    run(block, QUANTIZE_S8);                                                                                           \
    break;                                                                                                             \
  case DEQUANTIZE_U8:                                                                                                  \
    run(block, DEQUANTIZE_U8);                                                                                         \
    break;                                                                                                             \
  case DEQUANTIZE_S8:                                                                                                  \
    run(block, DEQUANTIZE_S8);                                                                                         \
    break;                                                                                                             \
  case TO_SIGNS:                                                                                                       \
    run(block, TO_SIGNS);                                                                                              \
    break;                                                                                                             \
  }

#endif
