// gemm_bf16bf16f32_6x64_avx512.c -- bf16 GEMM by the f32 kernel
//   y[m][n] = clamp(sum_k a[m][k]*b[k][n] + bias[n]) (+ y[m][n])
//   layout:    bf16_n16k2, made f32_n16 by widen_bf16.h, 32 or 384 KB at a time
//   registers, overflow, target: those of gemm_f32f32f32_6x64_avx512.c
//   reads:     exactly K elements of each row of A; panels are padded
//   floors:    FMA, and for few rows two bytes for each weight; widening is one instruction for 16 bytes of f32 or more
//   truth: scalar/gemm_bf16bf16f32_1x1_scalar.c    test: gemm_f32_test    bench: bench/lab/gemm_lab.c
#include "../widen_bf16.h"
#include "amd64.h"

int64_t gemm_bf16bf16f32_6x64_avx512_workspace(const struct tern_gemm *gemm, int64_t m) {
  return widened_workspace(gemm, m);
}

void gemm_bf16bf16f32_6x64_avx512(const struct gemm_call *call, struct rectangle part) {
  widened_run(gemm_f32f32f32_6x64_avx512, call, part);
}
