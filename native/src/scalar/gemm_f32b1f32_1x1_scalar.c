// gemm_f32b1f32_1x1_scalar.c -- GEMM of f32 and signs, one dot product at a time
//   y[m][n] = clamp(sum_k a[m][k]*w[k][n] + bias[n]) (+ y[m][n]),  w = (b - zb) * sb
//   layout:    b1_n1: column n of B side by side
//   registers: one chain of additions, in the order of k
//   overflow:  as IEEE 754 has it
//   reads:     exactly K elements of each row of A
//   target:    any CPU; the oracle of the C tests, and itself held to a triple loop there
//   truth: the triple loop in test/gemm_scaled_test.c    test: gemm_scaled_test    bench: bench/lab/gemm_lab.c
#include "scalar.h"
#include "scaled_scalar.h"

int64_t gemm_f32b1f32_1x1_scalar_workspace(const struct tern_gemm *gemm, int64_t m) {
  (void)gemm, (void)m;
  return 0;
}

void gemm_f32b1f32_1x1_scalar(const struct gemm_call *call, struct rectangle part) {
  dequantized_run(&layout_b1_n1, call, part);
}
