// peak_arm64.c -- bare instruction loops: enough independent accumulators to fill four ports at a latency of four
#include "../peak.h"

// For the assembler only: the compiler stays with the base instructions.
__asm__(".arch armv8.2-a+dotprod+i8mm");

#define X16(op) op(0) op(1) op(2) op(3) op(4) op(5) op(6) op(7) op(8) op(9) op(10) op(11) op(12) op(13) op(14) op(15)

#define CLOBBERS                                                                                                       \
  "cc", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11", "v12", "v13", "v14", "v15", "v29",   \
      "v30", "v31"

// Everything multiplied is zero, so no denormal and no NaN slows it down.
#define ZERO(r) "movi v" #r ".4s, #0\n"
#define LOOP(name, body)                                                                                               \
  static void name(int64_t iterations) {                                                                               \
    __asm__ volatile(X16(ZERO) ZERO(30) ZERO(31) ".p2align 5\n1:\n" X16(body) "subs %0, %0, #1\nb.ne 1b\n"             \
                     : "+r"(iterations)                                                                                \
                     :                                                                                                 \
                     : CLOBBERS);                                                                                      \
  }

#define MUL_ADD(r) "fmul s29, s30, s31\nfadd s" #r ", s" #r ", s29\n"
#define FMLA(r) "fmla v" #r ".4s, v30.4s, v31.4s\n"
#define SDOT(r) "sdot v" #r ".4s, v30.16b, v31.16b\n"
#define SMMLA(r) "smmla v" #r ".4s, v30.16b, v31.16b\n"

LOOP(scalar_f32, MUL_ADD)
LOOP(fmla, FMLA)
LOOP(sdot, SDOT)
LOOP(smmla, SMMLA)

// clang-format off
const struct peak TERN_PEAKS[] = {
  {{"fmul_fadd_s",  TERN_ISA_SCALAR,   16 * 2},          scalar_f32},
  {{"fmla_4s",      TERN_ISA_NEON,     16 * 4 * 2},      fmla},
  {{"sdot_4s",      TERN_ISA_DOTPROD,  16 * 16 * 2},     sdot},
  {{"smmla_4s",     TERN_ISA_I8MM,     16 * 32 * 2},     smmla},
};
// clang-format on

const int32_t TERN_PEAKS_COUNT = (int32_t)(sizeof TERN_PEAKS / sizeof TERN_PEAKS[0]);
