// arm64.h -- the arm64 kernels
#ifndef TERN_ARM64_H
#define TERN_ARM64_H

#include "../kernel.h"

workspace_function gemm_s8s4s32_6x16_dotprod_workspace, gemm_s8s2s32_6x16_dotprod_workspace,
    gemm_b1b1s32_6x16_neon_workspace, gemm_s8s8s32_6x16_dotprod_workspace, gemm_u8s8s32_6x16_i8mm_workspace,
    gemm_f32f32f32_6x16_neon_workspace, gemm_f32s8f32_6x16_neon_workspace, gemm_f32s4f32_6x16_neon_workspace,
    gemm_f32s2f32_6x16_neon_workspace, gemm_f32b1f32_6x16_neon_workspace, gemm_s8b1s32_6x16_dotprod_workspace,
    gemm_bf16bf16f32_6x16_neon_workspace;
run_function gemm_s8s4s32_6x16_dotprod, gemm_s8s2s32_6x16_dotprod, gemm_b1b1s32_6x16_neon, gemm_s8s8s32_6x16_dotprod,
    gemm_u8s8s32_6x16_i8mm, gemm_f32f32f32_6x16_neon, gemm_f32s8f32_6x16_neon, gemm_f32s4f32_6x16_neon,
    gemm_f32s2f32_6x16_neon, gemm_f32b1f32_6x16_neon, gemm_s8b1s32_6x16_dotprod, gemm_bf16bf16f32_6x16_neon;

#endif
