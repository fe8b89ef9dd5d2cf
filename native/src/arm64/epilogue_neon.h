// epilogue_neon.h -- from s32 accumulators to y, four columns at a time
//   Bit-identical to the scalar kernel: conversion and rint round to nearest even, products and sums stay apart.
#ifndef TERN_EPILOGUE_NEON_H
#define TERN_EPILOGUE_NEON_H

#include "../gemm_s32.h"
#include "columns_neon.h"

// What the four columns share.
struct epilogue_columns {
  int64_t count; // of them that exist, and those to their right
  int32x4_t zero_points;
  float32x4_t multipliers;
};

static inline int32x4_t epilogue_accumulators(const struct epilogue *tile, const struct epilogue_columns *columns,
                                              int64_t row, int64_t col) {
  const int32x4_t acc = vld1q_s32(tile->acc + row * tile->acc_stride + col);
  return vmlsq_n_s32(acc, columns->zero_points, tile->a_sums[row]);
}

static inline float32x4_t epilogue_clamp(float32x4_t x, const struct tern_gemm *gemm) {
  return vminq_f32(vmaxq_f32(x, vdupq_n_f32(gemm->y_min)), vdupq_n_f32(gemm->y_max));
}

static inline void epilogue_s32(const struct tern_gemm *gemm, const struct epilogue_columns *columns, int32x4_t acc,
                                int32_t *y) {
  if (gemm->beta) {
    acc = vaddq_s32(acc, load_s32_columns(y, columns->count));
  }
  store_s32_columns(y, columns->count, acc);
}

static inline void epilogue_f32(const struct tern_gemm *gemm, const struct epilogue_columns *columns, int32x4_t acc,
                                const float *a_scale, float *y) {
  float32x4_t scaled = vmulq_f32(vcvtq_f32_s32(acc), columns->multipliers);
  if (a_scale) {
    scaled = vmulq_n_f32(scaled, *a_scale);
  }
  float32x4_t clamped = epilogue_clamp(scaled, gemm);
  if (gemm->beta) {
    clamped = vaddq_f32(clamped, load_f32_columns(y, columns->count));
  }
  store_f32_columns(y, columns->count, clamped);
}

static inline void epilogue_byte(const struct tern_gemm *gemm, const struct epilogue_columns *columns, int32x4_t acc,
                                 uint8_t *y) {
  const float32x4_t rounded = vrndnq_f32(vmulq_f32(vcvtq_f32_s32(acc), columns->multipliers));
  const float32x4_t shifted = vaddq_f32(rounded, vdupq_n_f32((float)gemm->y_zero_point));
  const int16x4_t words = vmovn_s32(vcvtnq_s32_f32(epilogue_clamp(shifted, gemm)));
  const int8x8_t bytes = vmovn_s16(vcombine_s16(words, words));
  const uint32_t word = vget_lane_u32(vreinterpret_u32_s8(bytes), 0);
  memcpy(y, &word, (size_t)min64(columns->count, 4));
}

static inline void epilogue_run(const struct epilogue *tile) {
  const struct gemm_call *call = tile->call;
  const struct tern_gemm *gemm = call->gemm;
  for (int64_t col = 0; col < tile->cols; col += 4) {
    struct epilogue_columns columns = {tile->cols - col, vdupq_n_s32(0), vdupq_n_f32(0)};
    if (gemm->b_zero_points) {
      columns.zero_points = load_s32_columns(gemm->b_zero_points + tile->col + col, columns.count);
    }
    if (gemm->y_type != TERN_S32) {
      columns.multipliers = load_f32_columns(gemm->multipliers + tile->col + col, columns.count);
    }
    for (int64_t row = 0; row < tile->rows; row++) {
      const int32x4_t acc = epilogue_accumulators(tile, &columns, row, col);
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
