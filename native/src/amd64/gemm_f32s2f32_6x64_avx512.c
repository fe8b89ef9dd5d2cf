// gemm_f32s2f32_6x64_avx512.c -- GEMM of f32 and 2-bit weights by the f32 kernel
//   y[m][n] = clamp(sum_k a[m][k]*w[k][n] + bias[n]) (+ y[m][n]),  w = (b - zb) * sb
//   layout:    s2_n16k16, made f32_n16 by dequantize.h, 32 or 384 KB at a time
//   registers, overflow, reads, target: those of gemm_f32f32f32_6x64_avx512.c
//   up to four rows without that, by few_rows_avx512.h
//   truth: scalar/gemm_f32s2f32_1x1_scalar.c    test: gemm_scaled_test    bench: bench/lab/gemm_lab.c
#include "../dequantize.h"
#include "amd64.h"
#include "few_rows_avx512.h"

static const struct dequantization WEIGHTS = {&layout_s2_n16k16, 2, gemm_f32f32f32_6x64_avx512_workspace,
                                              gemm_f32f32f32_6x64_avx512};

int64_t gemm_f32s2f32_6x64_avx512_workspace(const struct tern_gemm *gemm, int64_t m) {
  return dequantized_workspace(&WEIGHTS, gemm, m);
}

void gemm_f32s2f32_6x64_avx512(const struct gemm_call *call, struct rectangle part) {
  if (is_few_rows(part)) {
    few_rows_run(WEIGHTS.layout, call, part, 2);
  } else {
    dequantized_run(&WEIGHTS, call, part);
  }
}
