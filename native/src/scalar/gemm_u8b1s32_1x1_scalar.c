// gemm_u8b1s32_1x1_scalar.c -- GEMM of bytes and signs, one dot product at a time
//   acc[m][n] = seed[n] + sum_k a[m][k]*b[k][n];  y as tern.h has it for each y_type
//   layout:    b1_n1: column n of B side by side
//   registers: whatever the compiler takes
//   overflow:  sums are taken modulo 2^32, in unsigned arithmetic
//   reads:     exactly K elements of each row of A; s8 activations become u8 by flipping the top bit
//   target:    any CPU; the oracle of the C tests, and itself held to a triple loop there
//   truth: the triple loop in test/gemm_s32_test.c    test: gemm_s32_test    bench: bench/lab/gemm_lab.c
#include "narrow_scalar.h"
#include "scalar.h"

int64_t gemm_u8b1s32_1x1_scalar_workspace(const struct tern_gemm *gemm, int64_t m) {
  (void)gemm, (void)m;
  return 0;
}

void gemm_u8b1s32_1x1_scalar(const struct gemm_call *call, struct rectangle part) {
  narrow_run(&layout_b1_n1, call, part);
}
