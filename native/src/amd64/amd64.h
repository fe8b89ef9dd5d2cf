// amd64.h -- the x86-64 kernels
#ifndef TERN_AMD64_H
#define TERN_AMD64_H

#include "../gemm_f32.h"

workspace_function spmm_u8s8s32_1x4_4x16_avx2_workspace, spmm_u8s8s32_1x4_4x64_avx512vnni_workspace,
    spmm_f32f32f32_csr_4x16_avx2_workspace, spmm_f32f32f32_csr_4x64_avx512_workspace, gemm_u8s4s32_4x16_avx2_workspace,
    gemm_u8s2s32_4x16_avx2_workspace, gemm_u8s4s32_6x64_avx512vnni_workspace, gemm_u8s2s32_6x64_avx512vnni_workspace,
    gemm_u8s4s32_32x32_amxint8_workspace, gemm_u8s2s32_32x32_amxint8_workspace, gemm_b1b1s32_4x16_avx2_workspace,
    gemm_b1b1s32_6x64_avx512vpopcntdq_workspace, gemm_u8s8s32_4x16_avx2_workspace,
    gemm_u8s8s32_6x64_avx512vnni_workspace, gemm_u8s8s32_32x32_amxint8_workspace, gemm_f32f32f32_6x16_avx2_workspace,
    gemm_f32f32f32_6x64_avx512_workspace;
run_function spmm_u8s8s32_1x4_4x16_avx2, spmm_u8s8s32_1x4_4x64_avx512vnni, spmm_f32f32f32_csr_4x16_avx2,
    spmm_f32f32f32_csr_4x64_avx512, gemm_u8s4s32_4x16_avx2, gemm_u8s2s32_4x16_avx2, gemm_u8s4s32_6x64_avx512vnni,
    gemm_u8s2s32_6x64_avx512vnni, gemm_u8s4s32_32x32_amxint8, gemm_u8s2s32_32x32_amxint8, gemm_b1b1s32_4x16_avx2,
    gemm_b1b1s32_6x64_avx512vpopcntdq, gemm_u8s8s32_4x16_avx2, gemm_u8s8s32_6x64_avx512vnni, gemm_u8s8s32_32x32_amxint8,
    gemm_f32f32f32_6x16_avx2, gemm_f32f32f32_6x64_avx512;

pack_function pack_f32_avx512;
f32_dots f32_dots_avx512;
extern const struct conv2d_kernel conv2d_u8s8s32_32x32_amxint8, conv2d_f32f32f32_6x64_avx512;

extern const struct depthwise_kernel depthwise_u8s8s32_1x16_avx2, depthwise_u8s8s32_1x64_avx512vnni,
    depthwise_f32f32f32_7x16_avx2, depthwise_f32f32f32_7x16_avx512;

pool_function pool_max_f32_avx2, pool_max_u8_avx2, pool_average_f32_avx2, pool_average_u8_avx2,
    pool_max_backward_f32_avx2, pool_average_backward_f32_avx2;
pool_function pool_max_f32_avx512, pool_max_u8_avx512, pool_average_f32_avx512, pool_average_u8_avx512,
    pool_max_backward_f32_avx512, pool_average_backward_f32_avx512;

lstm_function lstm_gates_f32_avx2, lstm_gates_f32_avx512;
activation_function activation_sigmoid_f32_avx2, activation_tanh_f32_avx2, activation_sigmoid_f32_avx512,
    activation_tanh_f32_avx512;
workspace_function gemm_f32s8f32_6x16_avx2_workspace, gemm_f32s4f32_6x16_avx2_workspace,
    gemm_f32s2f32_6x16_avx2_workspace, gemm_f32b1f32_6x16_avx2_workspace, gemm_f32s8f32_6x64_avx512_workspace,
    gemm_f32s4f32_6x64_avx512_workspace, gemm_f32s2f32_6x64_avx512_workspace, gemm_f32b1f32_6x64_avx512_workspace,
    gemm_u8b1s32_4x16_avx2_workspace, gemm_u8b1s32_6x64_avx512vnni_workspace, gemm_u8b1s32_32x32_amxint8_workspace;
run_function gemm_f32s8f32_6x16_avx2, gemm_f32s4f32_6x16_avx2, gemm_f32s2f32_6x16_avx2, gemm_f32b1f32_6x16_avx2,
    gemm_f32s8f32_6x64_avx512, gemm_f32s4f32_6x64_avx512, gemm_f32s2f32_6x64_avx512, gemm_f32b1f32_6x64_avx512,
    gemm_u8b1s32_4x16_avx2, gemm_u8b1s32_6x64_avx512vnni, gemm_u8b1s32_32x32_amxint8;

#endif
