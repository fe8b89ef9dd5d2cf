// scaled_scalar.h -- GEMM with scales of weights within the sums, one dot product at a time
#ifndef TERN_SCALED_SCALAR_H
#define TERN_SCALED_SCALAR_H

#include "epilogue_scalar.h"

static inline void scaled_store(const struct gemm_call *call, int64_t row, int64_t col, float sum) {
  const struct tern_gemm *gemm = call->gemm;
  const float *bias = gemm->bias;
  float *y = (float *)call->y + row * call->y_row_stride + col;
  const float clamped = epilogue_clamp(sum + (bias ? bias[col] : 0), gemm);
  *y = gemm->beta ? clamped + *y : clamped;
}

// f32 activations. Sums are in the order of k.
static inline void dequantized_run(const struct layout *layout, const struct gemm_call *call, struct rectangle part) {
  const struct tern_gemm *gemm = call->gemm;
  for (int64_t row = part.row_begin; row < part.row_end; row++) {
    const float *a = (const float *)call->a + row * call->a_row_stride;
    for (int64_t col = part.col_begin; col < part.col_end; col++) {
      const uint8_t *column = call->packed + col * panel_bytes(layout, gemm->k);
      float sum = 0;
      for (int64_t k = 0; k < gemm->k; k++) {
        const int64_t at = scale_index(gemm, col, k / gemm->group);
        const int32_t zb = gemm->b_zero_points ? gemm->b_zero_points[at] : 0;
        sum += a[k] * ((float)(weight_at(layout, column, 0, k) - zb) * gemm->b_scales[at]);
      }
      scaled_store(call, row, col, sum);
    }
  }
}

// The exact sum of a group, less its seed.
static inline uint32_t group_sum(const struct layout *layout, const uint8_t *a, uint8_t flip, const uint8_t *column,
                                 int64_t k_begin, int64_t k_end, uint32_t zb) {
  uint32_t sum = 0;
  for (int64_t k = k_begin; k < k_end; k++) {
    sum += (uint32_t)(a[k] ^ flip) * ((uint32_t)weight_at(layout, column, 0, k) - zb);
  }
  return sum;
}

// 8-bit activations, a scale for each group of weights.
static inline void grouped_run(const struct layout *layout, const struct gemm_call *call, struct rectangle part) {
  const struct tern_gemm *gemm = call->gemm;
  const uint8_t flip = gemm->a_type == TERN_S8 ? 0x80 : 0;
  for (int64_t row = part.row_begin; row < part.row_end; row++) {
    const uint8_t *a = (const uint8_t *)call->a + row * call->a_row_stride;
    for (int64_t col = part.col_begin; col < part.col_end; col++) {
      const uint8_t *column = call->packed + col * panel_bytes(layout, gemm->k);
      float sum = 0;
      for (int64_t group = 0; group < groups_of(gemm); group++) {
        const int64_t at = scale_index(gemm, col, group), k = group * gemm->group;
        const uint32_t zb = gemm->b_zero_points ? (uint32_t)gemm->b_zero_points[at] : 0;
        const uint32_t acc = group_sum(layout, a, flip, column, k, min64(k + gemm->group, gemm->k), zb);
        sum += (float)(int32_t)(acc + (uint32_t)gemm->seeds[at]) * gemm->b_scales[at];
      }
      scaled_store(call, row, col, sum * gemm->a_scale);
    }
  }
}

#endif
