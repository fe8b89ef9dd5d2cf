// f32_tile_avx512.h -- tiles of f32 sums in zmm registers: their begin, their end, and the bodies of all sizes
//   Any rows x panels that need no more than 24 accumulators have a body of their own. Inlined with constant sizes, the
//   arrays are registers. Included by a kernel, which defines multiply_all.
#ifndef TERN_F32_TILE_AVX512_H
#define TERN_F32_TILE_AVX512_H

#include "../gemm_f32.h"

#include <immintrin.h>

enum { MAX_ROWS = 12 }; // of the narrow bodies

static inline __attribute__((always_inline)) __mmask16 mask_of(const struct f32_tile *tile, int p, int panels) {
  return p + 1 < panels ? (__mmask16)0xffff : (__mmask16)(0xffff >> (F32_PANEL - tile->last_cols));
}

// acc = bias, while y comes near.
static inline __attribute__((always_inline)) void begin(const struct f32_tile *tile, const int rows, const int panels,
                                                        __m512 acc[MAX_ROWS][4]) {
#pragma GCC unroll 4
  for (int p = 0; p < panels; p++) {
    const __mmask16 mask = mask_of(tile, p, panels);
    const __m512 bias = tile->bias ? _mm512_maskz_loadu_ps(mask, tile->bias + p * F32_PANEL) : _mm512_setzero_ps();
#pragma GCC unroll 12
    for (int r = 0; r < rows; r++) {
      acc[r][p] = bias;
      __builtin_prefetch(tile->y + r * tile->y_row_stride + p * F32_PANEL, 1);
    }
  }
}

static inline __attribute__((always_inline)) void store(const struct f32_tile *tile, const int rows, const int panels,
                                                        const bool add, __m512 acc[MAX_ROWS][4]) {
  const __m512 y_min = _mm512_set1_ps(tile->y_min), y_max = _mm512_set1_ps(tile->y_max);
  const __mmask16 last = mask_of(tile, panels - 1, panels);
  const int64_t y_row_stride = tile->y_row_stride;
  float *row = tile->y;
#pragma GCC unroll 12
  for (int r = 0; r < rows; r++, row += y_row_stride) {
#pragma GCC unroll 4
    for (int p = 0; p < panels; p++) {
      const __mmask16 mask = p + 1 < panels ? (__mmask16)0xffff : last;
      float *y = row + p * F32_PANEL;
      const __m512 sum = add ? _mm512_add_ps(acc[r][p], _mm512_maskz_loadu_ps(mask, y)) : acc[r][p];
      _mm512_mask_storeu_ps(y, mask, _mm512_min_ps(y_max, _mm512_max_ps(y_min, sum))); // NaN is the second operand
    }
  }
}

// Adds the products of a tile to its sums.
static inline __attribute__((always_inline)) void multiply_all(const struct f32_tile *tile, const int rows,
                                                               const int panels, __m512 acc[MAX_ROWS][4]);

static inline __attribute__((always_inline)) void run_tile(const struct f32_tile *tile, const int rows,
                                                           const int panels) {
  __m512 acc[MAX_ROWS][4];
  begin(tile, rows, panels, acc);
  multiply_all(tile, rows, panels, acc);
  if (tile->add) {
    store(tile, rows, panels, true, acc);
  } else {
    store(tile, rows, panels, false, acc);
  }
}

// clang-format off
#define BODY(rows, panels) static void tile_##rows##x##panels(const struct f32_tile *tile) { run_tile(tile, rows, panels); }
BODY(1, 1) BODY(2, 1) BODY(3, 1) BODY(4, 1) BODY(5, 1) BODY(6, 1) BODY(7, 1) BODY(8, 1) BODY(9, 1) BODY(10, 1) BODY(11, 1) BODY(12, 1)
BODY(1, 2) BODY(2, 2) BODY(3, 2) BODY(4, 2) BODY(5, 2) BODY(6, 2) BODY(7, 2) BODY(8, 2) BODY(9, 2) BODY(10, 2) BODY(11, 2) BODY(12, 2)
BODY(1, 3) BODY(2, 3) BODY(3, 3) BODY(4, 3) BODY(5, 3) BODY(6, 3) BODY(7, 3) BODY(8, 3)
BODY(1, 4) BODY(2, 4) BODY(3, 4) BODY(4, 4) BODY(5, 4) BODY(6, 4)

// By panels - 1, rows - 1.
#define F32_BODIES {                                                                                                                   \
    {tile_1x1, tile_2x1, tile_3x1, tile_4x1, tile_5x1, tile_6x1, tile_7x1, tile_8x1, tile_9x1, tile_10x1, tile_11x1, tile_12x1}, \
    {tile_1x2, tile_2x2, tile_3x2, tile_4x2, tile_5x2, tile_6x2, tile_7x2, tile_8x2, tile_9x2, tile_10x2, tile_11x2, tile_12x2}, \
    {tile_1x3, tile_2x3, tile_3x3, tile_4x3, tile_5x3, tile_6x3, tile_7x3, tile_8x3},                                          \
    {tile_1x4, tile_2x4, tile_3x4, tile_4x4, tile_5x4, tile_6x4}}
// clang-format on

#endif
