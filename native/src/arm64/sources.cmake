# One file per kernel, and the architecture level of its instruction set. Scheduling before register allocation would hoist
# all loads of a step above its products, and take the registers of the accumulators for them.
set(KERNEL -fno-schedule-insns)

kernel_sources("" src/arm64/isa.c src/arm64/peak_arm64.c src/arm64/gemm_s8s4s32_6x16_dotprod.c
               src/arm64/gemm_s8s2s32_6x16_dotprod.c)
kernel_sources("${KERNEL}" src/arm64/gemm_f32f32f32_6x16_neon.c src/arm64/gemm_b1b1s32_6x16_neon.c)
kernel_sources("${KERNEL};-march=armv8.2-a+dotprod" src/arm64/gemm_s8s8s32_6x16_dotprod.c)
kernel_sources("${KERNEL};-march=armv8.2-a+i8mm" src/arm64/gemm_u8s8s32_6x16_i8mm.c)
kernel_sources("" src/arm64/gemm_f32s8f32_6x16_neon.c src/arm64/gemm_f32s4f32_6x16_neon.c
               src/arm64/gemm_f32s2f32_6x16_neon.c src/arm64/gemm_f32b1f32_6x16_neon.c
               src/arm64/gemm_s8b1s32_6x16_dotprod.c src/arm64/gemm_bf16bf16f32_6x16_neon.c)
