// epilogue_avx2.h -- from s32 accumulators to y, eight columns at a time
//   Bit-identical to the scalar kernel: conversion and rint round to nearest even, products and sums stay apart.
#ifndef TERN_EPILOGUE_AVX2_H
#define TERN_EPILOGUE_AVX2_H

#include "../gemm_s32.h"
#include "mask_avx2.h"

// What the eight columns share.
struct epilogue_columns {
  int64_t count; // of them that exist
  __m256i mask, zero_points;
  __m256 multipliers;
};

static inline __m256i epilogue_accumulators(const struct epilogue *tile, const struct epilogue_columns *columns,
                                            int64_t row, int64_t col) {
  const __m256i acc = _mm256_loadu_si256((const __m256i *)(tile->acc + row * tile->acc_stride + col));
  const __m256i product = _mm256_mullo_epi32(columns->zero_points, _mm256_set1_epi32(tile->a_sums[row]));
  return _mm256_sub_epi32(acc, product);
}

// min and max return their second operand when one is NaN.
static inline __m256 epilogue_clamp(__m256 x, const struct tern_gemm *gemm) {
  return _mm256_min_ps(_mm256_set1_ps(gemm->y_max), _mm256_max_ps(_mm256_set1_ps(gemm->y_min), x));
}

static inline void epilogue_s32(const struct tern_gemm *gemm, const struct epilogue_columns *columns, __m256i acc,
                                int32_t *y) {
  if (gemm->beta) {
    acc = _mm256_add_epi32(acc, _mm256_maskload_epi32(y, columns->mask));
  }
  store_s32_avx2(y, columns->mask, columns->count >= 8, acc);
}

static inline void epilogue_f32(const struct tern_gemm *gemm, const struct epilogue_columns *columns, __m256i acc,
                                const float *a_scale, float *y) {
  __m256 scaled = _mm256_mul_ps(_mm256_cvtepi32_ps(acc), columns->multipliers);
  if (a_scale) {
    scaled = _mm256_mul_ps(scaled, _mm256_set1_ps(*a_scale));
  }
  __m256 clamped = epilogue_clamp(scaled, gemm);
  if (gemm->beta) {
    clamped = _mm256_add_ps(clamped, _mm256_maskload_ps(y, columns->mask));
  }
  store_avx2(y, columns->mask, columns->count >= 8, clamped);
}

static inline void epilogue_byte(const struct tern_gemm *gemm, const struct epilogue_columns *columns, __m256i acc,
                                 uint8_t *y) {
  const __m256 scaled = _mm256_mul_ps(_mm256_cvtepi32_ps(acc), columns->multipliers);
  const __m256 rounded = _mm256_round_ps(scaled, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  const __m256 shifted = _mm256_add_ps(rounded, _mm256_set1_ps((float)gemm->y_zero_point));
  const __m256i whole = _mm256_cvtps_epi32(epilogue_clamp(shifted, gemm));
  const __m256i low_bytes = _mm256_setr_epi8(0, 4, 8, 12, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 0, 4, 8, 12,
                                             -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1);
  const __m256i gathered = _mm256_shuffle_epi8(whole, low_bytes);
  const __m128i bytes = _mm_unpacklo_epi32(_mm256_castsi256_si128(gathered), _mm256_extracti128_si256(gathered, 1));
  if (columns->count >= 8) {
    _mm_storel_epi64((__m128i *)y, bytes);
    return;
  }
  const uint64_t word = (uint64_t)_mm_cvtsi128_si64(bytes);
  memcpy(y, &word, (size_t)columns->count);
}

static inline void epilogue_run(const struct epilogue *tile) {
  const struct gemm_call *call = tile->call;
  const struct tern_gemm *gemm = call->gemm;
  const __m256i zero = _mm256_setzero_si256();
  for (int64_t col = 0; col < tile->cols; col += 8) {
    struct epilogue_columns columns = {.count = tile->cols - col, .mask = mask_avx2(tile->cols - col), zero};
    if (gemm->b_zero_points) {
      columns.zero_points = _mm256_maskload_epi32(gemm->b_zero_points + tile->col + col, columns.mask);
    }
    if (gemm->y_type != TERN_S32) {
      columns.multipliers = _mm256_maskload_ps(gemm->multipliers + tile->col + col, columns.mask);
    }
    for (int64_t row = 0; row < tile->rows; row++) {
      const __m256i acc = epilogue_accumulators(tile, &columns, row, col);
      const int64_t at = (tile->row + row) * call->y_row_stride + tile->col + col;
      if (gemm->y_type == TERN_S32) {
        epilogue_s32(gemm, &columns, acc, (int32_t *)call->y + at);
      } else if (gemm->y_type == TERN_F32) {
        epilogue_f32(gemm, &columns, acc, epilogue_a_scale(tile, row), (float *)call->y + at);
      } else {
        epilogue_byte(gemm, &columns, acc, (uint8_t *)call->y + at);
      }
    }
  }
}

#endif
