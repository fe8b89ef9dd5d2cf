// epilogue_avx512.h -- from s32 accumulators to y, two registers of 16 columns at a time
//   Bit-identical to the scalar kernel: conversion and rint round to nearest even, products and sums stay apart.
#ifndef TERN_EPILOGUE_AVX512_H
#define TERN_EPILOGUE_AVX512_H

#include "../gemm_s32.h"

#include <immintrin.h>

enum { EPILOGUE_WIDTH = 32 };

// What the rows share; index 0 is the left register.
struct epilogue_columns {
  __mmask16 masks[2];
  __m512i seeds[2], zero_points[2];
  __m512 multipliers[2];
  __m512 y_min, y_max, y_zero_point;
};

static inline __mmask16 column_mask(int64_t cols) {
  return (__mmask16)(cols >= 16 ? 0xffff : cols > 0 ? (1 << cols) - 1 : 0);
}

static inline __attribute__((always_inline)) struct epilogue_columns
epilogue_columns_of(const struct epilogue *tile, int64_t col, const bool plain, const bool full) {
  const struct tern_gemm *gemm = tile->call->gemm;
  struct epilogue_columns columns = {.y_min = _mm512_set1_ps(gemm->y_min),
                                     .y_max = _mm512_set1_ps(gemm->y_max),
                                     .y_zero_point = _mm512_set1_ps((float)gemm->y_zero_point)};
#pragma GCC unroll 2
  for (int i = 0; i < 2; i++) {
    const int64_t at = col + i * 16;
    const __mmask16 mask = full ? (__mmask16)0xffff : column_mask(tile->cols - at);
    columns.masks[i] = mask;
    columns.seeds[i] = tile->seeds ? _mm512_maskz_loadu_epi32(mask, tile->seeds + at) : _mm512_setzero_si512();
    columns.zero_points[i] = !plain && gemm->b_zero_points
                                 ? _mm512_maskz_loadu_epi32(mask, gemm->b_zero_points + tile->col + at)
                                 : _mm512_setzero_si512();
    columns.multipliers[i] = gemm->y_type == TERN_S32 ? _mm512_setzero_ps()
                                                      : _mm512_maskz_loadu_ps(mask, gemm->multipliers + tile->col + at);
  }
  return columns;
}

static inline __attribute__((always_inline)) void epilogue_store(const struct epilogue_columns *columns,
                                                                 const __mmask16 mask, int i, __m512i acc,
                                                                 const float *a_scale, uint8_t *y, const int32_t y_type,
                                                                 const bool add) {
  if (y_type == TERN_S32) {
    acc = add ? _mm512_add_epi32(acc, _mm512_maskz_loadu_epi32(mask, y)) : acc;
    _mm512_mask_storeu_epi32(y, mask, acc);
    return;
  }
  __m512 real = _mm512_mul_ps(_mm512_cvtepi32_ps(acc), columns->multipliers[i]);
  if (y_type == TERN_F32 && a_scale) {
    real = _mm512_mul_ps(real, _mm512_set1_ps(*a_scale));
  }
  if (y_type != TERN_F32) {
    real = _mm512_add_ps(_mm512_roundscale_ps(real, _MM_FROUND_TO_NEAREST_INT), columns->y_zero_point);
  }
  real = _mm512_min_ps(columns->y_max, _mm512_max_ps(columns->y_min, real));
  if (y_type == TERN_F32) {
    real = add ? _mm512_add_ps(real, _mm512_maskz_loadu_ps(mask, y)) : real;
    _mm512_mask_storeu_ps(y, mask, real);
  } else {
    _mm_mask_storeu_epi8(y, mask, _mm512_cvtepi32_epi8(_mm512_cvtps_epi32(real)));
  }
}

// What rows of 32 bytes share. They are u8 here: s8 with their highest bit flipped.
struct epilogue_bytes {
  __m512i seeds[2];
  __m512 multipliers[2];
  __m512i zero_point, y_min, y_max, flip;
};

// Whether every sum times its multiplier is below 2^31, so that conversion saturates where narrowing would.
static inline bool epilogue_is_bytes(const struct epilogue *tile, int64_t col) {
  const struct tern_gemm *gemm = tile->call->gemm;
  if (tile->cols < col + EPILOGUE_WIDTH || tile->rows < 2 || gemm->b_zero_points || gemm->y_type == TERN_S32 ||
      gemm->y_type == TERN_F32) {
    return false;
  }
  const float *multipliers = gemm->multipliers + tile->col + col;
  const __m512 one = _mm512_set1_ps(1), left = _mm512_abs_ps(_mm512_loadu_ps(multipliers)),
               right = _mm512_abs_ps(_mm512_loadu_ps(multipliers + 16));
  return (_mm512_cmp_ps_mask(left, one, _CMP_LT_OQ) & _mm512_cmp_ps_mask(right, one, _CMP_LT_OQ)) == 0xffff;
}

static inline __attribute__((always_inline)) struct epilogue_bytes epilogue_bytes_of(const struct epilogue *tile,
                                                                                     int64_t col) {
  const struct tern_gemm *gemm = tile->call->gemm;
  const float *multipliers = gemm->multipliers + tile->col + col;
  const int sign = gemm->y_type == TERN_S8 ? 128 : 0;
  const int y_min = _mm_cvtss_si32(_mm_set_ss(gemm->y_min)) + sign,
            y_max = _mm_cvtss_si32(_mm_set_ss(gemm->y_max)) + sign;
  const __m512i zero = _mm512_setzero_si512();
  const int32_t *seeds = tile->seeds ? tile->seeds + col : NULL;
  return (struct epilogue_bytes){
      .seeds = {seeds ? _mm512_loadu_si512(seeds) : zero, seeds ? _mm512_loadu_si512(seeds + 16) : zero},
      .multipliers = {_mm512_loadu_ps(multipliers), _mm512_loadu_ps(multipliers + 16)},
      .zero_point = _mm512_set1_epi16((int16_t)(gemm->y_zero_point + sign)),
      .y_min = _mm512_set1_epi8((char)y_min),
      .y_max = _mm512_set1_epi8((char)y_max),
      .flip = _mm512_set1_epi8((char)sign)};
}

// Two rows of 32 bytes: 25 instructions of the vector ports for 64 sums. Packing works in lanes of 128 bit, so that
// four columns of left, right, left, right (of the second row) end up in each.
static inline __attribute__((always_inline)) void epilogue_two_rows(const struct epilogue_bytes *shared,
                                                                    const int32_t *acc, int64_t acc_stride, uint8_t *y,
                                                                    int64_t y_stride) {
  const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  __m512i words[2];
#pragma GCC unroll 2
  for (int r = 0; r < 2; r++) {
    __m512i whole[2];
#pragma GCC unroll 2
    for (int i = 0; i < 2; i++) {
      const __m512i sums = _mm512_add_epi32(_mm512_loadu_si512(acc + r * acc_stride + i * 16), shared->seeds[i]);
      whole[i] = _mm512_cvtps_epi32(_mm512_mul_ps(_mm512_cvtepi32_ps(sums), shared->multipliers[i]));
    }
    words[r] = _mm512_adds_epi16(_mm512_packs_epi32(whole[0], whole[1]), shared->zero_point);
  }
  const __m512i lanes = _mm512_packus_epi16(words[0], words[1]);
  const __m512i clamped = _mm512_min_epu8(shared->y_max, _mm512_max_epu8(shared->y_min, lanes));
  const __m512i bytes = _mm512_permutexvar_epi32(order, _mm512_xor_si512(clamped, shared->flip));
  _mm256_storeu_si256((__m256i *)y, _mm512_castsi512_si256(bytes));
  _mm256_storeu_si256((__m256i *)(y + y_stride), _mm512_extracti64x4_epi64(bytes, 1));
}

// Rows [begin, end) in twos; the last but one of the tile may be done twice.
static inline __attribute__((always_inline)) void epilogue_byte_rows(const struct epilogue *tile, int64_t col,
                                                                     const struct epilogue_bytes *shared, int64_t begin,
                                                                     int64_t end) {
  const int64_t acc_stride = tile->acc_stride, y_stride = tile->call->y_row_stride;
  uint8_t *y = (uint8_t *)tile->call->y + tile->row * y_stride + tile->col + col;
  for (int64_t row = begin; row < end; row += 2) {
    const int64_t at = min64(row, tile->rows - 2);
    epilogue_two_rows(shared, tile->acc + at * acc_stride + col, acc_stride, y + at * y_stride, y_stride);
  }
}

// Inlined with a constant type. `plain` leaves out zero points of B and the addition to y, `full` the masks.
static inline __attribute__((always_inline)) void epilogue_block(const struct epilogue *tile, int64_t begin,
                                                                 int64_t end, int64_t col, const int32_t y_type,
                                                                 const bool plain, const bool full) {
  const struct gemm_call *call = tile->call;
  const struct epilogue_columns columns = epilogue_columns_of(tile, col, plain, full);
  const int64_t size = y_type == TERN_S32 || y_type == TERN_F32 ? 4 : 1;
  const int64_t acc_stride = tile->acc_stride, y_stride = call->y_row_stride * size;
  const bool zero_points = !plain && call->gemm->b_zero_points, add = !plain && call->gemm->beta;
  const int32_t *acc = tile->acc + begin * acc_stride + col, *a_sums = tile->a_sums;
  uint8_t *y = (uint8_t *)call->y + (tile->row + begin) * y_stride + (tile->col + col) * size;
  for (int64_t row = begin; row < end; row++, acc += acc_stride, y += y_stride) {
#pragma GCC unroll 2
    for (int i = 0; i < 2; i++) {
      const __mmask16 mask = full ? (__mmask16)0xffff : columns.masks[i];
      __m512i sum = _mm512_add_epi32(_mm512_maskz_loadu_epi32(mask, acc + i * 16), columns.seeds[i]);
      if (zero_points) {
        sum = _mm512_sub_epi32(sum, _mm512_mullo_epi32(columns.zero_points[i], _mm512_set1_epi32(a_sums[row])));
      }
      epilogue_store(&columns, mask, i, sum, epilogue_a_scale(tile, row), y + i * 16 * size, y_type, add);
    }
  }
}

static inline __attribute__((always_inline)) void epilogue_typed(const struct epilogue *tile, int64_t begin,
                                                                 int64_t end, const int32_t y_type) {
  const struct tern_gemm *gemm = tile->call->gemm;
  const bool plain = !gemm->b_zero_points && !gemm->beta;
  for (int64_t col = 0; col < tile->cols; col += EPILOGUE_WIDTH) {
    if ((y_type == TERN_U8 || y_type == TERN_S8) && epilogue_is_bytes(tile, col)) {
      const struct epilogue_bytes shared = epilogue_bytes_of(tile, col);
      epilogue_byte_rows(tile, col, &shared, begin, end);
    } else if (plain && col + EPILOGUE_WIDTH <= tile->cols) {
      epilogue_block(tile, begin, end, col, y_type, true, true);
    } else {
      epilogue_block(tile, begin, end, col, y_type, false, false);
    }
  }
}

// Rows [begin, end) of the tile.
static void epilogue_rows(const struct epilogue *tile, int64_t begin, int64_t end) {
  if (tile->call->gemm->y_type == TERN_S32) {
    epilogue_typed(tile, begin, end, TERN_S32);
  } else if (tile->call->gemm->y_type == TERN_F32) {
    epilogue_typed(tile, begin, end, TERN_F32);
  } else if (tile->call->gemm->y_type == TERN_S8) {
    epilogue_typed(tile, begin, end, TERN_S8);
  } else {
    epilogue_typed(tile, begin, end, TERN_U8);
  }
}

static inline void epilogue_run(const struct epilogue *tile) {
  epilogue_rows(tile, 0, tile->rows);
}

#endif
