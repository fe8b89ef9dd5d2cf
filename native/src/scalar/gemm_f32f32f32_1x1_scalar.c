// gemm_f32f32f32_1x1_scalar.c -- f32 GEMM, one dot product at a time
//   y[m][n] = clamp(sum_k a[m][k]*b[k][n] + bias[n]) (+ y[m][n])
//   layout:    f32_n1: column n of B side by side, [N][K]; or B unpacked, with any pair of strides
//   registers: one chain of additions, in the order of k
//   overflow:  as IEEE 754 has it; a NaN passes through the clamp
//   reads:     exactly K elements of each row of A, with any pair of strides
//   target:    any CPU
//   truth: the triple loop in test/gemm_f32_test.c    test: gemm_f32_test    bench: bench/lab/gemm_lab.c
#include "scalar.h"

static float dot(const float *a, int64_t a_step, const float *b, int64_t b_step, int64_t k) {
  float sum = 0;
  for (int64_t i = 0; i < k; i++) {
    sum += a[i * a_step] * b[i * b_step];
  }
  return sum;
}

int64_t gemm_f32f32f32_1x1_scalar_workspace(const struct tern_gemm *gemm, int64_t m) {
  (void)gemm, (void)m;
  return 0;
}

void gemm_f32f32f32_1x1_scalar(const struct gemm_call *call, struct rectangle part) {
  const struct tern_gemm *gemm = call->gemm;
  const float *bias = gemm->bias;
  const float *b = call->packed ? (const float *)call->packed : call->b;
  const int64_t b_row_stride = call->packed ? 1 : call->b_row_stride;
  const int64_t b_col_stride = call->packed ? gemm->k : call->b_col_stride;
  for (int64_t row = part.row_begin; row < part.row_end; row++) {
    const float *a = (const float *)call->a + row * call->a_row_stride;
    float *y = (float *)call->y + row * call->y_row_stride;
    for (int64_t col = part.col_begin; col < part.col_end; col++) {
      const float sum =
          dot(a, call->a_col_stride, b + col * b_col_stride, b_row_stride, gemm->k) + (bias ? bias[col] : 0);
      const float above = sum < gemm->y_min ? gemm->y_min : sum;
      const float clamped = above > gemm->y_max ? gemm->y_max : above;
      y[col] = gemm->beta ? clamped + y[col] : clamped;
    }
  }
}
