# One file per kernel, and the flags of its instruction set.
set(AVX2 -mavx2 -mfma -mf16c)
set(AVX512 ${AVX2} -mavx512f -mavx512bw -mavx512dq -mavx512vl)

kernel_sources("" src/amd64/isa.c src/amd64/peak_amd64.c)
kernel_sources("${AVX2}" src/amd64/gemm_f32f32f32_6x16_avx2.c src/amd64/gemm_b1b1s32_4x16_avx2.c
               src/amd64/gemm_u8s4s32_4x16_avx2.c src/amd64/gemm_u8s2s32_4x16_avx2.c src/amd64/pool_avx2.c
               src/amd64/lstm_avx2.c src/amd64/activation_avx2.c)
# gcc would add products to each other first, and need a register more than there is.
kernel_sources("${AVX2};-fno-tree-reassoc" src/amd64/gemm_u8s8s32_4x16_avx2.c)
kernel_sources("${AVX512};-mavx512vnni" src/amd64/gemm_u8s8s32_6x64_avx512vnni.c
               src/amd64/gemm_u8s4s32_6x64_avx512vnni.c src/amd64/gemm_u8s2s32_6x64_avx512vnni.c)
kernel_sources("${AVX512}" src/amd64/gemm_f32f32f32_6x64_avx512.c src/amd64/f32_dots_avx512.c
               src/amd64/pack_f32_avx512.c src/amd64/pool_avx512.c src/amd64/lstm_avx512.c
               src/amd64/activation_avx512.c)
kernel_sources("${AVX512};-mavx512vpopcntdq" src/amd64/gemm_b1b1s32_6x64_avx512vpopcntdq.c)
kernel_sources("${AVX512};-mamx-tile;-mamx-int8" src/amd64/gemm_u8s8s32_32x32_amxint8.c)
kernel_sources("${AVX512};-mavx512vbmi;-mamx-tile;-mamx-int8" src/amd64/conv2d_u8s8s32_32x32_amxint8.c)
kernel_sources("${AVX512}" src/amd64/gemm_u8s4s32_32x32_amxint8.c src/amd64/gemm_u8s2s32_32x32_amxint8.c)

kernel_sources("${AVX2}" src/amd64/depthwise_u8s8s32_1x16_avx2.c src/amd64/depthwise_f32f32f32_7x16_avx2.c)
kernel_sources("${AVX512}" src/amd64/depthwise_f32f32f32_7x16_avx512.c)
kernel_sources("${AVX512};-mavx512vnni" src/amd64/depthwise_u8s8s32_1x64_avx512vnni.c)
kernel_sources("${AVX2}" src/amd64/spmm_f32f32f32_csr_4x16_avx2.c src/amd64/spmm_u8s8s32_1x4_4x16_avx2.c)
kernel_sources("${AVX512}" src/amd64/spmm_f32f32f32_csr_4x64_avx512.c)
kernel_sources("${AVX512};-mavx512vnni" src/amd64/spmm_u8s8s32_1x4_4x64_avx512vnni.c)
kernel_sources("${AVX512};-mavx512vnni;-mavx512vbmi" src/amd64/spmm_u8s8s32_1x4_16x1_avx512vbmi.c)
kernel_sources("${AVX512};-mavx512vbmi" src/amd64/spmm_f32f32f32_csr_16x1_avx512vbmi.c)
kernel_sources("${AVX2}" src/amd64/gemm_f32s8f32_6x16_avx2.c src/amd64/gemm_f32s4f32_6x16_avx2.c
               src/amd64/gemm_f32s2f32_6x16_avx2.c src/amd64/gemm_f32b1f32_6x16_avx2.c
               src/amd64/gemm_u8b1s32_4x16_avx2.c)
kernel_sources("${AVX512}" src/amd64/gemm_f32s8f32_6x64_avx512.c src/amd64/gemm_f32s4f32_6x64_avx512.c
               src/amd64/gemm_f32s2f32_6x64_avx512.c src/amd64/gemm_f32b1f32_6x64_avx512.c
               src/amd64/gemm_u8b1s32_6x64_avx512vnni.c src/amd64/gemm_u8b1s32_32x32_amxint8.c)
kernel_sources("${AVX2}" src/amd64/gemm_bf16bf16f32_6x16_avx2.c)
kernel_sources("${AVX512}" src/amd64/gemm_bf16bf16f32_6x64_avx512.c)
kernel_sources("${AVX512};-mavx512bf16" src/amd64/gemm_bf16bf16f32_6x64_avx512bf16.c)
kernel_sources("${AVX2}" src/amd64/reorder_avx2.c)
kernel_sources("${AVX512}" src/amd64/reorder_avx512.c)
