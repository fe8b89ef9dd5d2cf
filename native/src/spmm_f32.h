// spmm_f32.h -- f32 sums to y, in C that each instruction set's compiler flags turn into vectors
#ifndef TERN_SPMM_F32_H
#define TERN_SPMM_F32_H

#include "spmm.h"

// Comparisons that are false for NaN leave it as it is.
static inline float spmm_clamp(float x, const struct tern_gemm *gemm) {
  const float above = x < gemm->y_min ? gemm->y_min : x;
  return above > gemm->y_max ? gemm->y_max : above;
}

// Column `col` of the panel comes from sums[col * stride].
static inline void spmm_store_row(const struct spmm_result *result, int64_t row, const float *sums, int64_t stride) {
  const struct tern_gemm *gemm = result->call->gemm;
  float *y = (float *)result->call->y + (result->row + row) * result->call->y_row_stride + result->col;
  for (int64_t col = 0; col < result->cols; col++) {
    const float clamped = spmm_clamp(sums[col * stride], gemm);
    y[col] = gemm->beta ? clamped + y[col] : clamped;
  }
}

static inline void spmm_store_f32(const struct spmm_result *result) {
  for (int64_t row = 0; row < result->rows; row++) {
    spmm_store_row(result, row, (const float *)result->acc + row, result->stride);
  }
}

// Sums that lie in rows already.
static inline void spmm_store_tile(const struct spmm_result *result) {
  for (int64_t row = 0; row < result->rows; row++) {
    spmm_store_row(result, row, (const float *)(result->tile + row * SPMM_PANEL), 1);
  }
}

#endif
