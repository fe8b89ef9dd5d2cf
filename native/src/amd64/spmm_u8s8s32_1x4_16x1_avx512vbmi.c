// spmm_u8s8s32_1x4_16x1_avx512vbmi.c -- sparse int8 weights times few rows, on vpermb and vpdpbusd
//   acc[m][n] = seed[n] + sum over stored blocks of x[m][4j .. 4j+3] . w[n][4j .. 4j+3];  y by epilogue_avx512.h
//   layout:    s8_1x4_r16 (spmv.h)
//   registers: zmm 8 of tables of x; 4 acc, one for each byte of a word; 64 lines; what they look up. A step of 64
//   words
//              is five loads, eight vpermb and four vpdpbusd: 8 cycles of the port that shuffles for 320 bytes
//   overflow:  vpdpbusd wraps, and so does the specification
//   reads:     exactly K elements of each row of x
//   target:    AVX-512 VNNI and VBMI (Ice Lake, Zen 4 and later)
//   truth: scalar/spmm_u8s8s32_1x4_16x1_scalar.c    test: spmm_test    bench: scripts/bench sparse
#include "amd64.h"
#include "dot_avx512vnni.h"
#include "epilogue_avx512.h"
#include "spmv_avx512vbmi.h"

static inline __attribute__((always_inline)) struct spmv_sums
dot_step(struct spmv_sums sums, const struct spmv_step *step, const struct spmv_tables *tables) {
  const __m512i lines = _mm512_load_si512(step->lines);
  const __mmask64 upper = _mm512_movepi8_mask(lines);
#pragma GCC unroll 4
  for (int t = 0; t < SPMV_TABLES; t++) {
    const __m512i x = look_up(tables->halves[t], lines, upper);
    sums.parts[t] = dot_quads(sums.parts[t], x, _mm512_load_si512((const int8_t *)step->words + t * SPMV_WORDS));
  }
  return sums;
}

static inline __m512i slice_sum(struct spmv_sums sums) {
  return _mm512_add_epi32(_mm512_add_epi32(sums.parts[0], sums.parts[1]),
                          _mm512_add_epi32(sums.parts[2], sums.parts[3]));
}

static void multiply(const struct spmv_region *region, const uint8_t *tables, int32_t *sums) {
  __m512i slices[SPMV_SLICES];
  spmv_sum_slices(region, tables, slices);
  for (int64_t row = 0; row < SPMM_PANEL; row += SPMV_LANES) {
    const __m512i products = in_slots(slices, region->slots + row);
    _mm512_store_si512(sums + row, _mm512_add_epi32(_mm512_load_si512(sums + row), products));
  }
}

static void store(const struct spmm_result *result) {
  const struct epilogue epilogue = {.call = result->call,
                                    .acc = result->tile,
                                    .acc_stride = SPMM_PANEL,
                                    .row = result->row,
                                    .rows = result->rows,
                                    .col = result->col,
                                    .cols = result->cols};
  epilogue_run(&epilogue);
}

static const struct spmv_kernel KERNEL = {SPMV_TABLE, spmv_prepare_avx512, multiply, store};

int64_t spmm_u8s8s32_1x4_16x1_avx512vbmi_workspace(const struct tern_gemm *gemm, int64_t m) {
  (void)m;
  return spmv_workspace(&KERNEL, gemm);
}

void spmm_u8s8s32_1x4_16x1_avx512vbmi(const struct gemm_call *call, struct rectangle part) {
  spmv_run(&KERNEL, call, part);
}
