// spmm_u8s8s32_1x4_16x1_scalar.c -- sparse int8 weights times few rows in plain C
//   acc[m][n] = seed[n] + sum over stored blocks of x[m][4j .. 4j+3] . w[n][4j .. 4j+3]
//   layout:    s8_1x4_r16 (spmv.h)
//   registers: the compiler's
//   overflow:  wraps, as the specification does
//   reads:     exactly K elements of each row of x
//   target:    any
//   truth: SparseMatrix and the reference backend    test: spmm_test    bench: scripts/bench sparse
#include "epilogue_scalar.h"
#include "scalar.h"
#include "spmv_scalar.h"

static inline int32_t dot_word(int32_t acc, const struct spmv_step *step, int64_t row, int64_t i,
                               const uint8_t *tables) {
  const int64_t at = spmv_line(false, row, i), line = spmv_word(step->lines[at]);
  const int8_t *weights = (const int8_t *)step->words;
  uint32_t sum = (uint32_t)acc;
  for (int64_t byte = 0; byte < 4; byte++) {
    sum += (uint32_t)(tables[byte * SPMV_TABLE + line] * weights[byte * SPMV_WORDS + at]);
  }
  return (int32_t)sum;
}

static void multiply(const struct spmv_region *region, const uint8_t *tables, int32_t *sums) {
  spmv_multiply_region(region, tables, sums);
}

static void store(const struct spmm_result *result) {
  for (int64_t row = 0; row < result->rows; row++) {
    for (int64_t col = 0; col < result->cols; col++) {
      epilogue_store(result->call, result->row + row, result->col + col, result->tile[row * SPMM_PANEL + col]);
    }
  }
}

static const struct spmv_kernel KERNEL = {SPMV_TABLE, spmv_prepare_tables, multiply, store};

int64_t spmm_u8s8s32_1x4_16x1_scalar_workspace(const struct tern_gemm *gemm, int64_t m) {
  (void)m;
  return spmv_workspace(&KERNEL, gemm);
}

void spmm_u8s8s32_1x4_16x1_scalar(const struct gemm_call *call, struct rectangle part) {
  spmv_run(&KERNEL, call, part);
}
