// narrow_scalar.h -- GEMM of bytes and weights of four bits, two or one, one dot product at a time
#ifndef TERN_NARROW_SCALAR_H
#define TERN_NARROW_SCALAR_H

#include "epilogue_scalar.h"
#include "scaled_scalar.h"

static uint32_t dot(const struct layout *layout, const uint8_t *a, uint8_t flip, const uint8_t *column, int64_t k,
                    uint32_t zb) {
  uint32_t sum = 0, a_sum = 0;
  for (int64_t i = 0; i < k; i++) {
    const uint32_t x = a[i] ^ flip;
    sum += x * (uint32_t)weight_at(layout, column, 0, i);
    a_sum += x;
  }
  return sum - zb * a_sum;
}

static void narrow_run(const struct layout *layout, const struct gemm_call *call, struct rectangle part) {
  const struct tern_gemm *gemm = call->gemm;
  if (gemm->b_scales) {
    grouped_run(layout, call, part);
    return;
  }
  const uint8_t flip = gemm->a_type == TERN_S8 ? 0x80 : 0;
  const int64_t panel = panel_bytes(layout, gemm->k);
  for (int64_t row = part.row_begin; row < part.row_end; row++) {
    const uint8_t *a = (const uint8_t *)call->a + row * call->a_row_stride;
    for (int64_t col = part.col_begin; col < part.col_end; col++) {
      const uint32_t zb = gemm->b_zero_points ? (uint32_t)gemm->b_zero_points[col] : 0;
      const uint32_t acc = dot(layout, a, flip, call->packed + col * panel, gemm->k, zb);
      epilogue_store(call, row, col, (int32_t)(acc + (uint32_t)gemm->seeds[col]));
    }
  }
}

#endif
