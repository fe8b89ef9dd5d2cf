// epilogue_scalar.h -- from one s32 accumulator to y
#ifndef TERN_EPILOGUE_SCALAR_H
#define TERN_EPILOGUE_SCALAR_H

#include "../kernel.h"

#include <math.h>

static inline float epilogue_clamp(float x, const struct tern_gemm *gemm) {
  const float above = x < gemm->y_min ? gemm->y_min : x;
  return above > gemm->y_max ? gemm->y_max : above;
}

static inline void epilogue_store(const struct gemm_call *call, int64_t row, int64_t col, int32_t acc) {
  const struct tern_gemm *gemm = call->gemm;
  const int64_t at = row * call->y_row_stride + col;
  if (gemm->y_type == TERN_S32) {
    int32_t *y = (int32_t *)call->y + at;
    *y = (int32_t)((uint32_t)acc + (gemm->beta ? (uint32_t)*y : 0));
    return;
  }
  const float scaled = (float)acc * gemm->multipliers[col];
  if (gemm->y_type == TERN_F32) {
    float *y = (float *)call->y + at;
    const float clamped = epilogue_clamp(call->a_scales ? scaled * call->a_scales[row] : scaled, gemm);
    *y = gemm->beta ? clamped + *y : clamped;
    return;
  }
  const float quantized = epilogue_clamp(rintf(scaled) + (float)gemm->y_zero_point, gemm);
  ((uint8_t *)call->y)[at] = (uint8_t)(int32_t)quantized;
}

#endif
