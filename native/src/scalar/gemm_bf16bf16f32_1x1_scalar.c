// gemm_bf16bf16f32_1x1_scalar.c -- bf16 GEMM, one dot product at a time
//   y[m][n] = clamp(sum_k a[m][k]*b[k][n] + bias[n]) (+ y[m][n])
//   layout:    bf16_n1: column n of B side by side, [N][K]
//   registers: one chain of additions, in the order of k
//   overflow:  as IEEE 754 has it; products are exact; a NaN passes through the clamp
//   reads:     exactly K elements of each row of A
//   target:    any CPU
//   truth: the triple loop in test/gemm_f32_test.c    test: gemm_f32_test    bench: bench/lab/gemm_lab.c
#include "../bf16.h"
#include "scalar.h"
#include "scaled_scalar.h"

static float dot(const uint16_t *a, const uint16_t *b, int64_t k) {
  float sum = 0;
  for (int64_t i = 0; i < k; i++) {
    sum += bf16_widen(a[i]) * bf16_widen(b[i]);
  }
  return sum;
}

int64_t gemm_bf16bf16f32_1x1_scalar_workspace(const struct tern_gemm *gemm, int64_t m) {
  (void)gemm, (void)m;
  return 0;
}

void gemm_bf16bf16f32_1x1_scalar(const struct gemm_call *call, struct rectangle part) {
  const struct tern_gemm *gemm = call->gemm;
  for (int64_t row = part.row_begin; row < part.row_end; row++) {
    const uint16_t *a = (const uint16_t *)call->a + row * call->a_row_stride;
    for (int64_t col = part.col_begin; col < part.col_end; col++) {
      scaled_store(call, row, col, dot(a, (const uint16_t *)call->packed + col * gemm->k, gemm->k));
    }
  }
}
