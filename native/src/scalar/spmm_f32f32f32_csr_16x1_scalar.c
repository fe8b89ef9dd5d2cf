// spmm_f32f32f32_csr_16x1_scalar.c -- sparse f32 weights times few rows in plain C
//   y[m][n] = clamp(bias[n] + sum over stored k of x[m][k] * w[n][k])
//   layout:    f32_csr_r16 (spmv.h)
//   registers: the compiler's
//   overflow:  none
//   reads:     exactly K elements of each row of x
//   target:    any
//   truth: SparseMatrix and the reference backend    test: spmm_test    bench: scripts/bench sparse
#include "../spmm_f32.h"
#include "scalar.h"
#include "spmv_scalar.h"

static inline int32_t dot_word(int32_t acc, const struct spmv_step *step, int64_t row, int64_t i,
                               const uint8_t *tables) {
  const int64_t line = spmv_word(step->lines[spmv_line(true, row, i)]);
  uint8_t word[4];
  for (int64_t byte = 0; byte < 4; byte++) {
    word[byte] = tables[byte * SPMV_TABLE + line];
  }
  float sum, x, weight;
  memcpy(&sum, &acc, sizeof sum);
  memcpy(&x, word, sizeof x);
  memcpy(&weight, step->words + i * SPMV_LANES + row, sizeof weight);
  sum += x * weight;
  memcpy(&acc, &sum, sizeof sum);
  return acc;
}

static void multiply(const struct spmv_region *region, const uint8_t *tables, int32_t *sums) {
  spmv_multiply_region(region, tables, sums);
}

static const struct spmv_kernel KERNEL = {SPMV_TABLE - 1, spmv_prepare_tables, multiply, spmm_store_tile};

int64_t spmm_f32f32f32_csr_16x1_scalar_workspace(const struct tern_gemm *gemm, int64_t m) {
  (void)m;
  return spmv_workspace(&KERNEL, gemm);
}

void spmm_f32f32f32_csr_16x1_scalar(const struct gemm_call *call, struct rectangle part) {
  spmv_run(&KERNEL, call, part);
}
