// table.c -- the one table of kernels
#include "scalar/scalar.h"
#include "spmv.h"
#if defined(__x86_64__)
#include "amd64/amd64.h"
#elif defined(__aarch64__)
#include "arm64/arm64.h"
#endif

#define AVX512 (TERN_ISA_AVX2 | TERN_ISA_AVX512)
#define AVX512VNNI (AVX512 | TERN_ISA_AVX512VNNI)
#define AVX512BF16 (AVX512 | TERN_ISA_AVX512BF16)
#define AVX512VPOPCNTDQ (AVX512 | TERN_ISA_AVX512VPOPCNTDQ)
#define AVX512VBMI (AVX512 | TERN_ISA_AVX512VBMI)
#define AMXINT8 (AVX512 | TERN_ISA_AMXINT8)

#define DOTPROD (TERN_ISA_NEON | TERN_ISA_DOTPROD)
#define I8MM (DOTPROD | TERN_ISA_I8MM)

// clang-format off
#define INT8(stem, native, isa, mr, nr, layout, pack, tile_rows, tile_cols, folder, conv2d)                            \
  {{#stem, TERN_GEMM, (native) & NATIVE_U8 ? TERN_U8 : TERN_S8, TERN_S8, TERN_S32, isa, mr, nr, #layout,               \
    "src/" folder "/" #stem ".c", "gemm_s32_test"},                                                                    \
   native, {&layout_##layout}, pack, tile_rows, tile_cols, stem##_workspace, {stem}, conv2d}
#define NARROW(bits, stem, native, isa, mr, nr, layout, tile_rows, tile_cols, folder)                                  \
  {{#stem, TERN_GEMM, (native) & NATIVE_U8 ? TERN_U8 : TERN_S8, TERN_S##bits, TERN_S32, isa, mr, nr, #layout,          \
    "src/" folder "/" #stem ".c", "gemm_s32_test"},                                                                    \
   native, {&layout_##layout}, pack_narrow, tile_rows, tile_cols, stem##_workspace, {stem}, NULL}
#define B1(stem, isa, mr, nr, layout, tile_rows, tile_cols, folder)                                                    \
  {{#stem, TERN_GEMM, TERN_B1, TERN_B1, TERN_S32, isa, mr, nr, #layout, "src/" folder "/" #stem ".c", "gemm_s32_test"}, \
   NATIVE_B1, {&layout_##layout}, pack_b1, tile_rows, tile_cols, stem##_workspace, {stem}, NULL}
#define F32(stem, isa, mr, nr, layout, pack, tile_rows, tile_cols, folder, conv2d)                                     \
  {{#stem, TERN_GEMM, TERN_F32, TERN_F32, TERN_F32, isa, mr, nr, #layout, "src/" folder "/" #stem ".c",                \
    "gemm_f32_test"}, 0, {&layout_##layout}, pack, tile_rows, tile_cols, stem##_workspace, {stem}, conv2d}
#define BF16(tile, isa, mr, nr, layout, folder)                                                                        \
  {{"gemm_bf16bf16f32_" #tile, TERN_GEMM, TERN_BF16, TERN_BF16, TERN_F32, isa, mr, nr, #layout,                        \
    "src/" folder "/gemm_bf16bf16f32_" #tile ".c", "gemm_f32_test"},                                                   \
   0, {&layout_##layout}, pack_bf16, 24, 64, gemm_bf16bf16f32_##tile##_workspace, {gemm_bf16bf16f32_##tile}, NULL}
// Six poolings of one file: a row each, with the channels that one register holds.
#define POOL(word, type, TYPE, suffix, isa, channels, folder)                                                          \
  {.row = {"pool_" #word "_" #type "_" #suffix, TERN_POOL, TERN_##TYPE, TERN_##TYPE, TERN_##TYPE, isa, 1, channels, "", \
           "src/" folder "/pool_" #suffix ".c", "pool_test"},                                                          \
   .pool = pool_##word##_##type##_##suffix}
#define POOLS(suffix, isa, floats, bytes, folder)                                                                      \
  POOL(max, f32, F32, suffix, isa, floats, folder), POOL(average, f32, F32, suffix, isa, floats, folder),              \
  POOL(max, u8, U8, suffix, isa, bytes, folder), POOL(average, u8, U8, suffix, isa, bytes, folder),                    \
  POOL(max_backward, f32, F32, suffix, isa, floats, folder),                                                           \
  POOL(average_backward, f32, F32, suffix, isa, floats, folder)
// Floats to floats, so many at a time: the gates of an LSTM, their gradient, and the functions that they are made of.
#define CELLS(family, OP, stem, field, test, suffix, isa, floats, folder)                                              \
  {.row = {#stem "_" #suffix, TERN_##OP, TERN_F32, TERN_F32, TERN_F32, isa, 1, floats, "",                             \
           "src/" folder "/" #family "_" #suffix ".c", #test},                                                         \
   .field = stem##_##suffix}
#define LSTM(suffix, isa, floats, folder)                                                                              \
  CELLS(lstm, LSTM, lstm_gates_f32, lstm, lstm_test, suffix, isa, floats, folder),                                     \
  CELLS(lstm, LSTM_GRADIENT, lstm_gradient_f32, lstm_gradient, lstm_training_test, suffix, isa, floats, folder),       \
  CELLS(activation, ACTIVATION, activation_sigmoid_f32, activation, activation_test, suffix, isa, floats, folder),     \
  CELLS(activation, ACTIVATION, activation_tanh_f32, activation, activation_test, suffix, isa, floats, folder)

// Matrices copied or transposed, in tiles.
#define REORDER(stem, suffix, isa, mr, nr, folder)                                                                     \
  {.row = {#stem, TERN_REORDER, TERN_F32, TERN_F32, TERN_F32, isa, mr, nr, "", "src/" folder "/reorder_" #suffix ".c", \
           "reorder_test"},                                                                                            \
   .reorder = stem}

// A depthwise convolution: positions of y by channels.
#define DEPTHWISE(TYPE, stem, native_types, isa, mr, nr, layout, folder)                                               \
  {.row = {#stem, TERN_DEPTHWISE, TERN_##TYPE == TERN_F32 ? TERN_F32 : TERN_U8, TERN_##TYPE,                           \
           TERN_##TYPE == TERN_F32 ? TERN_F32 : TERN_S32, isa, mr, nr, #layout, "src/" folder "/" #stem ".c",          \
           "conv2d_test"},                                                                                             \
   .native = native_types, .depthwise = &stem}

#define SPMM(type, stem, native_types, isa, layout, mr, nr, folder)                                                    \
  {.row = {#stem, TERN_SPMM, type == TERN_F32 ? TERN_F32 : TERN_U8, type, type == TERN_F32 ? TERN_F32 : TERN_S32,      \
           isa, mr, nr, #layout, "src/" folder "/" #stem ".c", "spmm_test"},                                           \
   .native = native_types, .tile_rows = nr, .tile_cols = SPMM_PANEL, .workspace_bytes = stem##_workspace, .run = stem, \
   .spmm = &spmm_slices}
// The same for few rows of x.
#define SPMV(type, stem, native_types, isa, layout, form, folder)                                                      \
  {.row = {#stem, TERN_SPMM, type == TERN_F32 ? TERN_F32 : TERN_U8, type, type == TERN_F32 ? TERN_F32 : TERN_S32,      \
           isa, SPMV_LANES, 1, #layout, "src/" folder "/" #stem ".c", "spmm_test"},                                    \
   .native = native_types, .tile_rows = SPMV_ROWS, .tile_cols = SPMM_PANEL, .workspace_bytes = stem##_workspace,       \
   .run = stem, .spmm = &form}
#define TYPE_s8 TERN_S8
#define TYPE_s4 TERN_S4
#define TYPE_s2 TERN_S2
#define TYPE_b1 TERN_B1
#define SCALED(type, tile, isa, mr, nr, layout, pack, folder)                                                           \
  {{"gemm_f32" #type "f32_" #tile, TERN_GEMM, TERN_F32, TYPE_##type, TERN_F32, isa, mr, nr, #layout,                    \
    "src/" folder "/gemm_f32" #type "f32_" #tile ".c", "gemm_scaled_test"},                                            \
   0, {&layout_##layout}, pack, 24, 64, gemm_f32##type##f32_##tile##_workspace, {gemm_f32##type##f32_##tile}, NULL}
#define BY_SIGNS(stem, native, isa, mr, nr, layout, tile_rows, folder)                                                 \
  {{#stem, TERN_GEMM, (native) & NATIVE_U8 ? TERN_U8 : TERN_S8, TERN_B1, TERN_S32, isa, mr, nr, #layout,               \
    "src/" folder "/" #stem ".c", "gemm_s32_test"},                                                                    \
   native, {&layout_##layout}, pack_b1, tile_rows, 64, stem##_workspace, {stem}, NULL}

const struct kernel TERN_KERNELS[] = {
//   stem                          a            isa               mr  nr  layout    pack      tile     folder   conv2d
INT8(gemm_u8s8s32_1x1_scalar,      NATIVE_U8,   TERN_ISA_SCALAR,  1,  1,  s8_n1,    pack_s8,  16, 64,  "scalar", NULL),
NARROW(4, gemm_u8s4s32_1x1_scalar,      NATIVE_U8,   TERN_ISA_SCALAR, 1, 1,   s4_n1,      16, 64, "scalar"),
NARROW(2, gemm_u8s2s32_1x1_scalar,      NATIVE_U8,   TERN_ISA_SCALAR, 1, 1,   s2_n1,      16, 64, "scalar"),
B1  (gemm_b1b1s32_1x1_scalar,                   TERN_ISA_SCALAR,  1,  1,  b1_n1,              16, 64,  "scalar"),
F32 (gemm_f32f32f32_1x1_scalar,                 TERN_ISA_SCALAR,  1,  1,  f32_n1,   pack_f32, 16, 64,  "scalar", NULL),
POOLS(scalar, TERN_ISA_SCALAR, 1, 1, "scalar"),
LSTM(scalar, TERN_ISA_SCALAR, 1, "scalar"),
REORDER(reorder_f32_scalar, scalar, TERN_ISA_SCALAR, 1, 1, "scalar"),
SPMM(TERN_S8,  spmm_u8s8s32_1x4_4x16_scalar,   NATIVE_U8, TERN_ISA_SCALAR, s8_1x4,  4, 16, "scalar"),
SPMM(TERN_F32, spmm_f32f32f32_csr_4x16_scalar, 0,         TERN_ISA_SCALAR, f32_csr, 4, 16, "scalar"),
SPMV(TERN_S8,  spmm_u8s8s32_1x4_16x1_scalar,   NATIVE_U8, TERN_ISA_SCALAR, s8_1x4_r16,  spmv_bytes,  "scalar"),
SPMV(TERN_F32, spmm_f32f32f32_csr_16x1_scalar, 0,         TERN_ISA_SCALAR, f32_csr_r16, spmv_floats, "scalar"),
SCALED(s8, 1x1_scalar, TERN_ISA_SCALAR, 1, 1, s8_n1, pack_s8, "scalar"),
SCALED(s4, 1x1_scalar, TERN_ISA_SCALAR, 1, 1, s4_n1, pack_narrow, "scalar"),
SCALED(s2, 1x1_scalar, TERN_ISA_SCALAR, 1, 1, s2_n1, pack_narrow, "scalar"),
SCALED(b1, 1x1_scalar, TERN_ISA_SCALAR, 1, 1, b1_n1, pack_b1, "scalar"),
BY_SIGNS(gemm_u8b1s32_1x1_scalar, NATIVE_U8, TERN_ISA_SCALAR, 1, 1, b1_n1, 16, "scalar"),
DEPTHWISE(S8,  depthwise_u8s8s32_1x16_scalar,   NATIVE_BOTH, TERN_ISA_SCALAR, 1, 16, s16_c16k2, "scalar"),
DEPTHWISE(F32, depthwise_f32f32f32_7x16_scalar, 0,           TERN_ISA_SCALAR, 7, 16, f32_c16,   "scalar"),
BF16(1x1_scalar, TERN_ISA_SCALAR, 1, 1, bf16_n1, "scalar"),
#if defined(__x86_64__)
INT8(gemm_u8s8s32_4x16_avx2,       NATIVE_U8,   TERN_ISA_AVX2,    4,  16, s8_n16k4, pack_s8,  24, 64,  "amd64", NULL),
INT8(gemm_u8s8s32_6x64_avx512vnni, NATIVE_U8,   AVX512VNNI,       6,  64, s8_n16k4, pack_s8,  24, 64,  "amd64", NULL),
INT8(gemm_u8s8s32_32x32_amxint8,   NATIVE_BOTH, AMXINT8,          32, 32, s8_n16k4, pack_s8,  32, 64,  "amd64", &conv2d_u8s8s32_32x32_amxint8),
NARROW(4, gemm_u8s4s32_4x16_avx2,       NATIVE_U8,   TERN_ISA_AVX2,   4, 16,  s4_n16k8,   24, 64, "amd64"),
NARROW(2, gemm_u8s2s32_4x16_avx2,       NATIVE_U8,   TERN_ISA_AVX2,   4, 16,  s2_n16k16,  24, 64, "amd64"),
NARROW(4, gemm_u8s4s32_6x64_avx512vnni, NATIVE_U8,   AVX512VNNI,      6, 64,  s4_n16k8,   24, 64, "amd64"),
NARROW(2, gemm_u8s2s32_6x64_avx512vnni, NATIVE_U8,   AVX512VNNI,      6, 64,  s2_n16k16,  24, 64, "amd64"),
NARROW(4, gemm_u8s4s32_32x32_amxint8,   NATIVE_BOTH, AMXINT8,         32, 32, s4_n16k8,   32, 64, "amd64"),
NARROW(2, gemm_u8s2s32_32x32_amxint8,   NATIVE_BOTH, AMXINT8,         32, 32, s2_n16k16,  32, 64, "amd64"),
B1  (gemm_b1b1s32_4x16_avx2,                    TERN_ISA_AVX2,    4,  16, b1_n16k32,          24, 64,  "amd64"),
B1  (gemm_b1b1s32_6x64_avx512vpopcntdq,         AVX512VPOPCNTDQ,  6,  64, b1_n16k32,          24, 64,  "amd64"),
F32 (gemm_f32f32f32_6x16_avx2,                  TERN_ISA_AVX2,    6,  16, f32_n16,  pack_f32, 24, 64,  "amd64", &conv2d_f32f32f32_6x16_avx2),
F32 (gemm_f32f32f32_6x64_avx512,                AVX512,           6,  64, f32_n16,  pack_f32_avx512, 24, 64, "amd64", &conv2d_f32f32f32_6x64_avx512),
POOLS(avx2, TERN_ISA_AVX2, 8, 32, "amd64"),
POOLS(avx512, AVX512, 16, 64, "amd64"),
LSTM(avx2, TERN_ISA_AVX2, 8, "amd64"),
LSTM(avx512, AVX512, 16, "amd64"),
REORDER(reorder_f32_avx2, avx2, TERN_ISA_AVX2, 8, 8, "amd64"),
REORDER(reorder_f32_avx512, avx512, AVX512, 16, 16, "amd64"),
SPMM(TERN_S8,  spmm_u8s8s32_1x4_4x16_avx2,       NATIVE_BOTH, TERN_ISA_AVX2, s8_1x4,  4, 16, "amd64"),
SPMM(TERN_S8,  spmm_u8s8s32_1x4_4x64_avx512vnni, NATIVE_U8,   AVX512VNNI,    s8_1x4,  4, 64, "amd64"),
SPMM(TERN_F32, spmm_f32f32f32_csr_4x16_avx2,     0,           TERN_ISA_AVX2, f32_csr, 4, 16, "amd64"),
SPMM(TERN_F32, spmm_f32f32f32_csr_4x64_avx512,   0,           AVX512,        f32_csr, 4, 64, "amd64"),
SPMV(TERN_S8,  spmm_u8s8s32_1x4_16x1_avx512vbmi,   NATIVE_U8, AVX512VNNI | TERN_ISA_AVX512VBMI, s8_1x4_r16, spmv_bytes, "amd64"),
SPMV(TERN_F32, spmm_f32f32f32_csr_16x1_avx512vbmi, 0,         AVX512VBMI, f32_csr_r16, spmv_floats, "amd64"),
SCALED(s8, 6x16_avx2, TERN_ISA_AVX2, 6, 16, s8_n16k4, pack_s8, "amd64"),
SCALED(s4, 6x16_avx2, TERN_ISA_AVX2, 6, 16, s4_n16k8, pack_narrow, "amd64"),
SCALED(s2, 6x16_avx2, TERN_ISA_AVX2, 6, 16, s2_n16k16, pack_narrow, "amd64"),
SCALED(b1, 6x16_avx2, TERN_ISA_AVX2, 6, 16, b1_n16k32, pack_b1, "amd64"),
SCALED(s8, 6x64_avx512, AVX512, 6, 64, s8_n16k4, pack_s8, "amd64"),
SCALED(s4, 6x64_avx512, AVX512, 6, 64, s4_n16k8, pack_narrow, "amd64"),
SCALED(s2, 6x64_avx512, AVX512, 6, 64, s2_n16k16, pack_narrow, "amd64"),
SCALED(b1, 6x64_avx512, AVX512, 6, 64, b1_n16k32, pack_b1, "amd64"),
BY_SIGNS(gemm_u8b1s32_4x16_avx2, NATIVE_U8, TERN_ISA_AVX2, 4, 16, b1_n16k32, 24, "amd64"),
BY_SIGNS(gemm_u8b1s32_6x64_avx512vnni, NATIVE_U8, AVX512VNNI, 6, 64, b1_n16k32, 24, "amd64"),
BY_SIGNS(gemm_u8b1s32_32x32_amxint8, NATIVE_BOTH, AMXINT8, 32, 32, b1_n16k32, 32, "amd64"),
DEPTHWISE(S8,  depthwise_u8s8s32_1x16_avx2,       NATIVE_BOTH, TERN_ISA_AVX2, 1, 16, s16_c16k2, "amd64"),
DEPTHWISE(S8,  depthwise_u8s8s32_1x64_avx512vnni, NATIVE_U8,   AVX512VNNI,    1, 64, s8_c64k4,  "amd64"),
DEPTHWISE(F32, depthwise_f32f32f32_7x16_avx2,     0,           TERN_ISA_AVX2, 7, 16, f32_c16,   "amd64"),
DEPTHWISE(F32, depthwise_f32f32f32_7x16_avx512,   0,           AVX512,        7, 16, f32_c16,   "amd64"),
BF16(6x16_avx2,       TERN_ISA_AVX2, 6, 16, bf16_n16k2, "amd64"),
BF16(6x64_avx512,     AVX512,        6, 64, bf16_n16k2, "amd64"),
BF16(6x64_avx512bf16, AVX512BF16,    6, 64, bf16_n16k2, "amd64"),
#elif defined(__aarch64__)
INT8(gemm_s8s8s32_6x16_dotprod,    NATIVE_S8,   DOTPROD,          6,  16, s8_n16k4, pack_s8,  24, 64,  "arm64", NULL),
INT8(gemm_u8s8s32_6x16_i8mm,       NATIVE_BOTH, I8MM,             6,  16, s8_n16k8, pack_s8,  24, 64,  "arm64", NULL),
NARROW(4, gemm_s8s4s32_6x16_dotprod,    NATIVE_S8,   DOTPROD,         6, 16,  s4_n16k8,   24, 64, "arm64"),
NARROW(2, gemm_s8s2s32_6x16_dotprod,    NATIVE_S8,   DOTPROD,         6, 16,  s2_n16k16,  24, 64, "arm64"),
B1  (gemm_b1b1s32_6x16_neon,                    TERN_ISA_NEON,    6,  16, b1_n16k32,          24, 64,  "arm64"),
F32 (gemm_f32f32f32_6x16_neon,                  TERN_ISA_NEON,    6,  16, f32_n16,  pack_f32, 24, 64,  "arm64", NULL),
SCALED(s8, 6x16_neon, TERN_ISA_NEON, 6, 16, s8_n16k4, pack_s8, "arm64"),
SCALED(s4, 6x16_neon, TERN_ISA_NEON, 6, 16, s4_n16k8, pack_narrow, "arm64"),
SCALED(s2, 6x16_neon, TERN_ISA_NEON, 6, 16, s2_n16k16, pack_narrow, "arm64"),
SCALED(b1, 6x16_neon, TERN_ISA_NEON, 6, 16, b1_n16k32, pack_b1, "arm64"),
BY_SIGNS(gemm_s8b1s32_6x16_dotprod, NATIVE_S8, DOTPROD, 6, 16, b1_n16k32, 24, "arm64"),
BF16(6x16_neon, TERN_ISA_NEON, 6, 16, bf16_n16k2, "arm64"),
#endif
};
// clang-format on

const int32_t TERN_KERNELS_COUNT = (int32_t)(sizeof TERN_KERNELS / sizeof TERN_KERNELS[0]);
