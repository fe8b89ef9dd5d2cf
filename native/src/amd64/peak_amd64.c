// peak_amd64.c -- bare instruction loops: enough independent accumulators to fill two ports at any latency up to six
//   The instructions are spelled out, so that this file needs no ISA flags and the compiler cannot thin them out.
#include "../peak.h"

#include <string.h>

#define X6(op) op(0) op(1) op(2) op(3) op(4) op(5)
#define X12(op) X6(op) op(6) op(7) op(8) op(9) op(10) op(11)
#define X24(op) X12(op) op(12) op(13) op(14) op(15) op(16) op(17) op(18) op(19) op(20) op(21) op(22) op(23)

#define CLOBBERS                                                                                                       \
  "cc", "memory", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11",    \
      "xmm12", "xmm13", "xmm14", "xmm15"

// `setup` once, `body` in a loop, `end` once. Everything multiplied is zero, so no denormal and no NaN slows it down.
#define LOOP(name, setup, body, end)                                                                                   \
  static void name(int64_t iterations) {                                                                               \
    __asm__ volatile(setup "\n.p2align 5\n1:\n" body "dec %0\njnz 1b\n" end : "+r"(iterations) : : CLOBBERS);          \
  }

// clang-format off
#define ZERO_XMM(r) "xorps %%xmm" #r ", %%xmm" #r "\n"
#define ZERO_YMM(r) "vxorps %%ymm" #r ", %%ymm" #r ", %%ymm" #r "\n"
#define ZERO_ZMM(r) "vpxorq %%zmm" #r ", %%zmm" #r ", %%zmm" #r "\n"
#define VZEROUPPER "vzeroupper\n"

#define MUL_ADD_XMM(r) "movaps %%xmm12, %%xmm13\nmulss %%xmm14, %%xmm13\naddss %%xmm13, %%xmm" #r "\n"
#define FMA_YMM(r) "vfmadd231ps %%ymm14, %%ymm15, %%ymm" #r "\n"
#define FMA_ZMM(r) "vfmadd231ps %%zmm30, %%zmm31, %%zmm" #r "\n"
#define BF16_ZMM(r) "vdpbf16ps %%zmm30, %%zmm31, %%zmm" #r "\n"
#define PAIRS_YMM(r) "vpmaddubsw %%ymm14, %%ymm15, %%ymm13\nvpmaddwd %%ymm12, %%ymm13, %%ymm13\n"                      \
                     "vpaddd %%ymm13, %%ymm" #r ", %%ymm" #r "\n"
#define DOT_YMM(r) "vpdpbusd %%ymm30, %%ymm31, %%ymm" #r "\n"
#define DOT_ZMM(r) "vpdpbusd %%zmm30, %%zmm31, %%zmm" #r "\n"
#define BITS_ZMM(r) "vpxorq %%zmm30, %%zmm31, %%zmm29\nvpopcntq %%zmm29, %%zmm29\nvpaddq %%zmm29, %%zmm" #r ", %%zmm" #r "\n"

LOOP(scalar_f32, X12(ZERO_XMM) ZERO_XMM(12) ZERO_XMM(14), X12(MUL_ADD_XMM), "")
LOOP(fma_ymm, X12(ZERO_YMM) ZERO_YMM(14) ZERO_YMM(15), X12(FMA_YMM), VZEROUPPER)
LOOP(fma_zmm, X24(ZERO_ZMM) ZERO_ZMM(30) ZERO_ZMM(31), X24(FMA_ZMM), VZEROUPPER)
LOOP(bf16_zmm, X24(ZERO_ZMM) ZERO_ZMM(30) ZERO_ZMM(31), X24(BF16_ZMM), VZEROUPPER)
LOOP(pairs_ymm, X12(ZERO_YMM) ZERO_YMM(12) ZERO_YMM(14) ZERO_YMM(15), X12(PAIRS_YMM), VZEROUPPER)
LOOP(dot_ymm, X12(ZERO_YMM) ZERO_ZMM(30) ZERO_ZMM(31), X12(DOT_YMM), VZEROUPPER)
LOOP(dot_zmm, X24(ZERO_ZMM) ZERO_ZMM(30) ZERO_ZMM(31), X24(DOT_ZMM), VZEROUPPER)
LOOP(bits_zmm, X24(ZERO_ZMM) ZERO_ZMM(30) ZERO_ZMM(31), X24(BITS_ZMM), VZEROUPPER)

// Six of the eight tiles accumulate: 16 cycles each, 52 of latency.
#define ZERO_TILE(r) "tilezero %%tmm" #r "\n"
#define DOT_TILE(r) "tdpbusd %%tmm6, %%tmm7, %%tmm" #r "\n"
LOOP(dot_tiles, X6(ZERO_TILE) ZERO_TILE(6) ZERO_TILE(7), X6(DOT_TILE), "")
// clang-format on

static void dot_amx(int64_t iterations) {
  struct {
    uint8_t palette, start_row, reserved[14];
    uint16_t row_bytes[16];
    uint8_t rows[16];
  } config = {.palette = 1};
  for (int tile = 0; tile < 8; tile++) {
    config.row_bytes[tile] = 64;
    config.rows[tile] = 16;
  }
  __asm__ volatile("ldtilecfg %0" : : "m"(config));
  dot_tiles(iterations);
  __asm__ volatile("tilerelease");
}

#define AVX512 (TERN_ISA_AVX2 | TERN_ISA_AVX512)

// clang-format off
const struct peak TERN_PEAKS[] = {
  {{"mulss_addss_xmm",          TERN_ISA_SCALAR,                      12 * 2},            scalar_f32},
  {{"vfmadd231ps_ymm",          TERN_ISA_AVX2,                        12 * 8 * 2},        fma_ymm},
  {{"vfmadd231ps_zmm",          AVX512,                               24 * 16 * 2},       fma_zmm},
  {{"vdpbf16ps_zmm",            AVX512 | TERN_ISA_AVX512BF16,         24 * 32 * 2},       bf16_zmm},
  {{"vpmaddubsw_vpmaddwd_ymm",  TERN_ISA_AVX2,                        12 * 32 * 2},       pairs_ymm},
  {{"vpdpbusd_ymm",             AVX512 | TERN_ISA_AVX512VNNI,         12 * 32 * 2},       dot_ymm},
  {{"vpdpbusd_zmm",             AVX512 | TERN_ISA_AVX512VNNI,         24 * 64 * 2},       dot_zmm},
  {{"vpxorq_vpopcntq_zmm",      AVX512 | TERN_ISA_AVX512VPOPCNTDQ,    24 * 512 * 2},      bits_zmm},
  {{"tdpbusd_tmm",              TERN_ISA_AMXINT8,                     6 * 16 * 16 * 64 * 2}, dot_amx},
};
// clang-format on

const int32_t TERN_PEAKS_COUNT = (int32_t)(sizeof TERN_PEAKS / sizeof TERN_PEAKS[0]);
