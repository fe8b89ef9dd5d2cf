// scalar.h -- the plain C kernels
#ifndef TERN_SCALAR_H
#define TERN_SCALAR_H

#include "../kernel.h"

workspace_function spmm_u8s8s32_1x4_4x16_scalar_workspace, spmm_f32f32f32_csr_4x16_scalar_workspace,
    gemm_u8s8s32_1x1_scalar_workspace, gemm_u8s4s32_1x1_scalar_workspace, gemm_u8s2s32_1x1_scalar_workspace,
    gemm_b1b1s32_1x1_scalar_workspace, gemm_f32f32f32_1x1_scalar_workspace;
run_function spmm_u8s8s32_1x4_4x16_scalar, spmm_f32f32f32_csr_4x16_scalar, gemm_u8s8s32_1x1_scalar,
    gemm_u8s4s32_1x1_scalar, gemm_u8s2s32_1x1_scalar, gemm_b1b1s32_1x1_scalar, gemm_f32f32f32_1x1_scalar;

extern const struct depthwise_kernel depthwise_u8s8s32_1x16_scalar, depthwise_f32f32f32_7x16_scalar;

pool_function pool_max_f32_scalar, pool_max_u8_scalar, pool_average_f32_scalar, pool_average_u8_scalar,
    pool_max_backward_f32_scalar, pool_average_backward_f32_scalar;

reorder_function reorder_f32_scalar;
lstm_function lstm_gates_f32_scalar;
activation_function activation_sigmoid_f32_scalar, activation_tanh_f32_scalar;
workspace_function gemm_f32s8f32_1x1_scalar_workspace, gemm_f32s4f32_1x1_scalar_workspace,
    gemm_f32s2f32_1x1_scalar_workspace, gemm_f32b1f32_1x1_scalar_workspace, gemm_u8b1s32_1x1_scalar_workspace,
    gemm_bf16bf16f32_1x1_scalar_workspace;
run_function gemm_f32s8f32_1x1_scalar, gemm_f32s4f32_1x1_scalar, gemm_f32s2f32_1x1_scalar, gemm_f32b1f32_1x1_scalar,
    gemm_u8b1s32_1x1_scalar, gemm_bf16bf16f32_1x1_scalar;

#endif
