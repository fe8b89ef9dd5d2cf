// epilogue_avx512.h -- from s32 accumulators to y, 16 columns at a time
//   Bit-identical to the scalar kernel: conversion and rint round to nearest even, products and sums stay apart.
#ifndef TERN_EPILOGUE_AVX512_H
#define TERN_EPILOGUE_AVX512_H

#include "../gemm_s8.h"

#include <immintrin.h>

// What the 16 columns share.
struct epilogue_columns {
  __mmask16 mask;
  __m512i zero_points;
  __m512 multipliers;
};

static inline __mmask16 column_mask(int64_t cols) {
  return (__mmask16)(cols >= 16 ? 0xffff : (1 << cols) - 1);
}

static inline __m512i epilogue_accumulators(const struct epilogue *tile, const struct epilogue_columns *columns,
                                            int64_t row, int64_t col) {
  const __m512i acc = _mm512_loadu_si512(tile->acc + row * tile->acc_stride + col);
  if (!tile->call->gemm->b_zero_points) {
    return acc;
  }
  return _mm512_sub_epi32(acc, _mm512_mullo_epi32(columns->zero_points, _mm512_set1_epi32(tile->a_sums[row])));
}

// min and max return their second operand when the first is NaN or both are.
static inline __m512 epilogue_clamp(__m512 x, const struct tern_gemm *gemm) {
  return _mm512_min_ps(_mm512_set1_ps(gemm->y_max), _mm512_max_ps(_mm512_set1_ps(gemm->y_min), x));
}

static inline void epilogue_s32(const struct epilogue *tile, const struct epilogue_columns *columns, int64_t row,
                                int64_t col) {
  int32_t *y = (int32_t *)tile->call->y + (tile->row + row) * tile->call->y_row_stride + tile->col + col;
  __m512i acc = epilogue_accumulators(tile, columns, row, col);
  if (tile->call->gemm->beta) {
    acc = _mm512_add_epi32(acc, _mm512_maskz_loadu_epi32(columns->mask, y));
  }
  _mm512_mask_storeu_epi32(y, columns->mask, acc);
}

static inline void epilogue_f32(const struct epilogue *tile, const struct epilogue_columns *columns, int64_t row,
                                int64_t col) {
  float *y = (float *)tile->call->y + (tile->row + row) * tile->call->y_row_stride + tile->col + col;
  const __m512 acc = _mm512_cvtepi32_ps(epilogue_accumulators(tile, columns, row, col));
  __m512 clamped = epilogue_clamp(_mm512_mul_ps(acc, columns->multipliers), tile->call->gemm);
  if (tile->call->gemm->beta) {
    clamped = _mm512_add_ps(clamped, _mm512_maskz_loadu_ps(columns->mask, y));
  }
  _mm512_mask_storeu_ps(y, columns->mask, clamped);
}

static inline void epilogue_byte(const struct epilogue *tile, const struct epilogue_columns *columns, int64_t row,
                                 int64_t col) {
  const struct tern_gemm *gemm = tile->call->gemm;
  uint8_t *y = (uint8_t *)tile->call->y + (tile->row + row) * tile->call->y_row_stride + tile->col + col;
  const __m512 acc = _mm512_cvtepi32_ps(epilogue_accumulators(tile, columns, row, col));
  const __m512 rounded = _mm512_roundscale_ps(_mm512_mul_ps(acc, columns->multipliers), _MM_FROUND_TO_NEAREST_INT);
  const __m512 shifted = _mm512_add_ps(rounded, _mm512_set1_ps((float)gemm->y_zero_point));
  _mm512_mask_cvtepi32_storeu_epi8(y, columns->mask, _mm512_cvtps_epi32(epilogue_clamp(shifted, gemm)));
}

static inline void epilogue_run(const struct epilogue *tile) {
  const struct tern_gemm *gemm = tile->call->gemm;
  for (int64_t col = 0; col < tile->cols; col += 16) {
    struct epilogue_columns columns = {column_mask(tile->cols - col), _mm512_setzero_si512(), _mm512_setzero_ps()};
    if (gemm->b_zero_points) {
      columns.zero_points = _mm512_maskz_loadu_epi32(columns.mask, gemm->b_zero_points + tile->col + col);
    }
    if (gemm->y_type == TERN_S32) {
      for (int64_t row = 0; row < tile->rows; row++) {
        epilogue_s32(tile, &columns, row, col);
      }
      continue;
    }
    columns.multipliers = _mm512_maskz_loadu_ps(columns.mask, gemm->multipliers + tile->col + col);
    for (int64_t row = 0; row < tile->rows; row++) {
      if (gemm->y_type == TERN_F32) {
        epilogue_f32(tile, &columns, row, col);
      } else {
        epilogue_byte(tile, &columns, row, col);
      }
    }
  }
}

#endif
