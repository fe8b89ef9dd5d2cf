// table.c -- the one table of kernels
#include "kernel.h"
#include "scalar/scalar.h"
#if defined(__x86_64__)
#include "amd64/amd64.h"
#elif defined(__aarch64__)
#include "arm64/arm64.h"
#endif

static int64_t no_workspace(const struct tern_gemm *gemm, int64_t m) {
  (void)gemm, (void)m;
  return 0;
}

#define AVX512 (TERN_ISA_AVX2 | TERN_ISA_AVX512)
#define AVX512VNNI (AVX512 | TERN_ISA_AVX512VNNI)
#define AMXINT8 (AVX512 | TERN_ISA_AMXINT8)

// clang-format off
#define INT8(stem, a, isa, mr, nr, layout, pack, tile_rows, tile_cols, workspace, folder)                              \
  {{#stem, TERN_GEMM, a, TERN_S8, TERN_S32, isa, mr, nr, #layout, "src/" folder "/" #stem ".c", "gemm_s8_test"},       \
   &layout_##layout, pack, tile_rows, tile_cols, workspace, stem}
#define F32(stem, isa, mr, nr, layout, pack, tile_rows, tile_cols, workspace, folder)                                  \
  {{#stem, TERN_GEMM, TERN_F32, TERN_F32, TERN_F32, isa, mr, nr, #layout, "src/" folder "/" #stem ".c", "gemm_f32_test"}, \
   &layout_##layout, pack, tile_rows, tile_cols, workspace, stem}

const struct kernel TERN_KERNELS[] = {
//   stem                          a        isa               mr  nr  layout    pack      tile     workspace          folder
INT8(gemm_u8s8s32_1x1_scalar,      TERN_U8, TERN_ISA_SCALAR,  1,  1,  s8_n1,    pack_s8,  16, 64,  no_workspace,      "scalar"),
F32 (gemm_f32f32f32_1x1_scalar,             TERN_ISA_SCALAR,  1,  1,  f32_n1,   pack_f32, 16, 64,  no_workspace,      "scalar"),
#if defined(__x86_64__)
INT8(gemm_u8s8s32_6x64_avx512vnni, TERN_U8, AVX512VNNI,       6,  64, s8_n16k4, pack_s8,  24, 64,  gemm_u8s8s32_6x64_avx512vnni_workspace, "amd64"),
F32 (gemm_f32f32f32_6x64_avx512,            AVX512,           6,  64, f32_n16,  pack_f32, 24, 64,  gemm_f32f32f32_6x64_avx512_workspace, "amd64"),
#endif
};
// clang-format on

const int32_t TERN_KERNELS_COUNT = (int32_t)(sizeof TERN_KERNELS / sizeof TERN_KERNELS[0]);
