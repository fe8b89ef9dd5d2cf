// gemm_u8b1s32_32x32_amxint8.c -- GEMM of bytes and signs by the int8 kernel
//   acc, y, registers, reads, target: those of gemm_u8s8s32_32x32_amxint8.c
//   layout:    b1_n16k32, expanded to s8_n16k4 by expand.h, at most 512 KB at a time
//   overflow:  as in int8
//   truth: scalar/gemm_u8b1s32_1x1_scalar.c    test: gemm_s32_test    bench: bench/lab/gemm_lab.c
#include "../expand.h"
#include "amd64.h"

static const struct expansion EXPANSION = {&layout_b1_n16k32, gemm_u8s8s32_32x32_amxint8_workspace,
                                           gemm_u8s8s32_32x32_amxint8};

int64_t gemm_u8b1s32_32x32_amxint8_workspace(const struct tern_gemm *gemm, int64_t m) {
  return expanded_workspace(&EXPANSION, gemm, m);
}

void gemm_u8b1s32_32x32_amxint8(const struct gemm_call *call, struct rectangle part) {
  expanded_run(&EXPANSION, call, part);
}
