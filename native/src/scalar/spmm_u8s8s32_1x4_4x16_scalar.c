// spmm_u8s8s32_1x4_4x16_scalar.c -- sparse int8 weights in plain C: what the other int8 kernels are held to
//   acc[n][m] = seed[n] + sum over stored blocks of x[m][4j .. 4j+3] . w[n][4j .. 4j+3]
//   layout:    s8_1x4 (spmm.h); lines of 16 rows of x
//   registers: the compiler's
//   overflow:  wraps, as the specification does
//   reads:     exactly K elements of each row of x
//   target:    any
//   truth: SparseMatrix and the reference backend    test: spmm_test    bench: scripts/bench sparse
#include "epilogue_scalar.h"
#include "scalar.h"
#include "spmm_scalar.h"

static inline int32_t dot_words(int32_t acc, int32_t x, int32_t weights) {
  uint8_t a[4];
  int8_t b[4];
  memcpy(a, &x, sizeof a);
  memcpy(b, &weights, sizeof b);
  uint32_t sum = (uint32_t)acc;
  for (int i = 0; i < 4; i++) {
    sum += (uint32_t)(a[i] * b[i]);
  }
  return (int32_t)sum;
}

static void prepare(const struct spmm_rows *rows) {
  spmm_prepare_words(rows, 1);
}

static void store(const struct spmm_result *result) {
  for (int64_t row = 0; row < result->rows; row++) {
    for (int64_t col = 0; col < result->cols; col++) {
      epilogue_store(result->call, result->row + row, result->col + col, result->acc[col * result->stride + row]);
    }
  }
}

static const struct spmm_kernel KERNEL = {NATIVE_U8, 1, 16, 4, prepare, spmm_multiply_words, store};

int64_t spmm_u8s8s32_1x4_4x16_scalar_workspace(const struct tern_gemm *gemm, int64_t m) {
  (void)m;
  return spmm_workspace(&KERNEL, gemm);
}

void spmm_u8s8s32_1x4_4x16_scalar(const struct gemm_call *call, struct rectangle part) {
  spmm_run(&KERNEL, call, part);
}
