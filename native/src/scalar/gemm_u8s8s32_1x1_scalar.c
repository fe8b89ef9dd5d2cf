// gemm_u8s8s32_1x1_scalar.c -- int8 GEMM, one dot product at a time
//   acc[m][n] = seed[n] + sum_k a[m][k]*b[k][n] - zb[n] * sum_k a[m][k];  y as tern.h has it for each y_type
//   layout:    s8_n1: column n of B side by side, [N][K], then its sum
//   registers: whatever the compiler takes
//   overflow:  sums are taken modulo 2^32, in unsigned arithmetic
//   reads:     exactly K elements of each row of A; s8 activations become u8 by flipping the top bit
//   target:    any CPU; the oracle of the C tests, and itself held to a triple loop there
//   truth: the triple loop in test/gemm_s8_test.c    test: gemm_s8_test    bench: bench/lab/gemm_lab.c
#include "scalar.h"

#include <math.h>

static int32_t dot(const uint8_t *a, uint8_t flip, const int8_t *b, int64_t k, uint32_t zb) {
  uint32_t sum = 0, a_sum = 0;
  for (int64_t i = 0; i < k; i++) {
    const uint32_t x = a[i] ^ flip;
    sum += x * (uint32_t)b[i];
    a_sum += x;
  }
  return (int32_t)(sum - zb * a_sum);
}

static float clamp(float x, const struct tern_gemm *gemm) {
  const float above = x < gemm->y_min ? gemm->y_min : x;
  return above > gemm->y_max ? gemm->y_max : above;
}

static void store(const struct gemm_call *call, int64_t row, int64_t col, int32_t acc) {
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
    const float clamped = clamp(scaled, gemm);
    *y = gemm->beta ? clamped + *y : clamped;
    return;
  }
  const float quantized = clamp(rintf(scaled) + (float)gemm->y_zero_point, gemm);
  ((uint8_t *)call->y)[at] = (uint8_t)(int32_t)quantized;
}

int64_t gemm_u8s8s32_1x1_scalar_workspace(const struct tern_gemm *gemm, int64_t m) {
  (void)gemm, (void)m;
  return 0;
}

void gemm_u8s8s32_1x1_scalar(const struct gemm_call *call, struct rectangle part) {
  const struct tern_gemm *gemm = call->gemm;
  const uint8_t flip = gemm->a_type == TERN_S8 ? 0x80 : 0;
  const int64_t panel = panel_bytes(&layout_s8_n1, gemm->k);
  for (int64_t row = part.row_begin; row < part.row_end; row++) {
    const uint8_t *a = (const uint8_t *)call->a + row * call->a_row_stride;
    for (int64_t col = part.col_begin; col < part.col_end; col++) {
      const uint32_t zb = gemm->b_zero_points ? (uint32_t)gemm->b_zero_points[col] : 0;
      const int8_t *b = (const int8_t *)call->packed + col * panel;
      const uint32_t acc = (uint32_t)dot(a, flip, b, gemm->k, zb) + (uint32_t)gemm->seeds[col];
      store(call, row, col, (int32_t)acc);
    }
  }
}
