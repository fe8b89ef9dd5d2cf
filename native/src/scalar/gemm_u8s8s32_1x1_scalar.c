// gemm_u8s8s32_1x1_scalar.c -- int8 GEMM, one dot product at a time
//   acc[m][n] = seed[n] + sum_k a[m][k]*b[k][n] - zb[n] * sum_k a[m][k];  y as tern.h has it for each y_type
//   layout:    s8_n1: column n of B side by side, [N][K], then its sum
//   registers: whatever the compiler takes
//   overflow:  sums are taken modulo 2^32, in unsigned arithmetic
//   reads:     exactly K elements of each row of A; s8 activations become u8 by flipping the top bit
//   target:    any CPU; the oracle of the C tests, and itself held to a triple loop there
//   truth: the triple loop in test/gemm_s32_test.c    test: gemm_s32_test    bench: bench/lab/gemm_lab.c
#include "scalar.h"
#include "scaled_scalar.h"

static int32_t dot(const uint8_t *a, uint8_t flip, const int8_t *b, int64_t k, uint32_t zb) {
  uint32_t sum = 0, a_sum = 0;
  for (int64_t i = 0; i < k; i++) {
    const uint32_t x = a[i] ^ flip;
    sum += x * (uint32_t)b[i];
    a_sum += x;
  }
  return (int32_t)(sum - zb * a_sum);
}

int64_t gemm_u8s8s32_1x1_scalar_workspace(const struct tern_gemm *gemm, int64_t m) {
  (void)gemm, (void)m;
  return 0;
}

void gemm_u8s8s32_1x1_scalar(const struct gemm_call *call, struct rectangle part) {
  const struct tern_gemm *gemm = call->gemm;
  if (gemm->b_scales) {
    grouped_run(&layout_s8_n1, call, part);
    return;
  }
  const uint8_t flip = gemm->a_type == TERN_S8 ? 0x80 : 0;
  const int64_t panel = panel_bytes(&layout_s8_n1, gemm->k);
  for (int64_t row = part.row_begin; row < part.row_end; row++) {
    const uint8_t *a = (const uint8_t *)call->a + row * call->a_row_stride;
    for (int64_t col = part.col_begin; col < part.col_end; col++) {
      const uint32_t zb = gemm->b_zero_points ? (uint32_t)gemm->b_zero_points[col] : 0;
      const int8_t *b = (const int8_t *)call->packed + col * panel;
      const uint32_t acc = (uint32_t)dot(a, flip, b, gemm->k, zb) + (uint32_t)gemm->seeds[col];
      epilogue_store(call, row, col, (int32_t)acc);
    }
  }
}
