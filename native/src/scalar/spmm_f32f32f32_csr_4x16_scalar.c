// spmm_f32f32f32_csr_4x16_scalar.c -- sparse f32 weights in plain C
//   y[m][n] = clamp(bias[n] + sum over stored k of x[m][k] * w[n][k])
//   layout:    f32_csr (spmm.h); lines of 16 rows of x
//   registers: the compiler's
//   overflow:  none
//   reads:     exactly K elements of each row of x
//   target:    any
//   truth: SparseMatrix and the reference backend    test: spmm_test    bench: scripts/bench sparse
#include "../spmm_f32.h"
#include "scalar.h"
#include "spmm_scalar.h"

static inline int32_t dot_words(int32_t acc, int32_t x, int32_t weights) {
  float sum, a, b;
  memcpy(&sum, &acc, sizeof sum);
  memcpy(&a, &x, sizeof a);
  memcpy(&b, &weights, sizeof b);
  sum += a * b;
  memcpy(&acc, &sum, sizeof sum);
  return acc;
}

static void prepare(const struct spmm_rows *rows) {
  spmm_prepare_words(rows, 1);
}

static const struct spmm_kernel KERNEL = {0, 1, 16, 4, prepare, spmm_multiply_words, spmm_store_f32};

int64_t spmm_f32f32f32_csr_4x16_scalar_workspace(const struct tern_gemm *gemm, int64_t m) {
  (void)m;
  return spmm_workspace(&KERNEL, gemm);
}

void spmm_f32f32f32_csr_4x16_scalar(const struct gemm_call *call, struct rectangle part) {
  spmm_run(&KERNEL, call, part);
}
