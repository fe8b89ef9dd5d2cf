// spmm_u8s8s32_1x4_4x64_avx512vnni.c -- sparse int8 weights on vpdpbusd
//   acc[n][m] = seed[n] + sum over stored blocks of x[m][4j .. 4j+3] . w[n][4j .. 4j+3];  y by epilogue_avx512.h
//   layout:    s8_1x4 (spmm.h); lines of 64 rows of x: four registers, each 16 rows of a quad of k
//   registers: zmm 16 acc, 4 rows of weights x 4 vectors of rows of x; 1 quad of weights, broadcast; 4 of x. Per stored
//              quad of a row: one index, one broadcast and four loads feed four vpdpbusd. Two 64-byte loads a cycle
//              make that 2.5 cycles where vpdpbusd alone takes 2: at most 80 % of its peak. As a memory operand
//              vpdpbusd takes the signed side only, which is the weights'.
//   overflow:  vpdpbusd wraps, and so does the specification
//   reads:     exactly K elements of each row of x
//   target:    AVX-512 VNNI (Ice Lake, Zen 4 and later)
//   truth: scalar/spmm_u8s8s32_1x4_4x16_scalar.c    test: spmm_test    bench: scripts/bench sparse
#include "amd64.h"
#include "dot_avx512vnni.h"
#include "epilogue_avx512.h"
#include "spmm_avx512.h"

static inline __m512i dot_line(__m512i acc, const uint8_t *line, __m512i weights) {
  return dot_quads(acc, _mm512_load_si512(line), weights);
}

static void store(const struct spmm_result *result) {
  spmm_transpose_sums(result);
  const struct epilogue epilogue = {.call = result->call,
                                    .acc = result->tile,
                                    .acc_stride = SPMM_PANEL,
                                    .row = result->row,
                                    .rows = result->rows,
                                    .col = result->col,
                                    .cols = result->cols};
  epilogue_run(&epilogue);
}

static const struct spmm_kernel KERNEL = {NATIVE_U8,           SPMM_LANES,           SPMM_VECTORS, 4,
                                          spmm_prepare_avx512, spmm_multiply_avx512, store};

int64_t spmm_u8s8s32_1x4_4x64_avx512vnni_workspace(const struct tern_gemm *gemm, int64_t m) {
  (void)m;
  return spmm_workspace(&KERNEL, gemm);
}

void spmm_u8s8s32_1x4_4x64_avx512vnni(const struct gemm_call *call, struct rectangle part) {
  spmm_run(&KERNEL, call, part);
}
