// spmm_f32f32f32_csr_16x1_avx512vbmi.c -- sparse f32 weights times few rows, on vpermb and vfmadd231ps
//   y[m][n] = clamp(bias[n] + sum over stored k of x[m][k] * w[n][k])
//   layout:    f32_csr_r16 (spmv.h)
//   registers: zmm 8 of tables of x; 4 acc, one for each term of a step; 64 lines; what they look up. A step of 64
//   words
//              is five loads, eight vpermb for their bytes, eight unpackings of those to words and four FMA: 16 cycles
//              of the port that shuffles for 320 bytes; vgatherdps would take 43
//   overflow:  none
//   reads:     exactly K elements of each row of x
//   target:    AVX-512 VBMI (Ice Lake, Zen 4 and later)
//   truth: scalar/spmm_f32f32f32_csr_16x1_scalar.c    test: spmm_test    bench: scripts/bench sparse
#include "../spmm_f32.h"
#include "amd64.h"
#include "spmv_avx512vbmi.h"

static inline __m512i add_product(__m512i acc, __m512i x, const int32_t *words) {
  return _mm512_castps_si512(_mm512_fmadd_ps(_mm512_castsi512_ps(x), _mm512_load_ps(words), _mm512_castsi512_ps(acc)));
}

// Unpacking works in lanes of 128 bit: word i of four rows for each is what comes out of the i-th.
static inline __attribute__((always_inline)) struct spmv_sums
dot_step(struct spmv_sums sums, const struct spmv_step *step, const struct spmv_tables *tables) {
  const __m512i lines = _mm512_load_si512(step->lines);
  const __mmask64 upper = _mm512_movepi8_mask(lines);
  const __m512i byte0 = look_up(tables->halves[0], lines, upper), byte1 = look_up(tables->halves[1], lines, upper);
  const __m512i byte2 = look_up(tables->halves[2], lines, upper), byte3 = look_up(tables->halves[3], lines, upper);
  const __m512i low_left = _mm512_unpacklo_epi8(byte0, byte1), low_right = _mm512_unpackhi_epi8(byte0, byte1);
  const __m512i high_left = _mm512_unpacklo_epi8(byte2, byte3), high_right = _mm512_unpackhi_epi8(byte2, byte3);
  const int32_t *words = step->words;
  sums.parts[0] = add_product(sums.parts[0], _mm512_unpacklo_epi16(low_left, high_left), words);
  sums.parts[1] = add_product(sums.parts[1], _mm512_unpackhi_epi16(low_left, high_left), words + SPMV_LANES);
  sums.parts[2] = add_product(sums.parts[2], _mm512_unpacklo_epi16(low_right, high_right), words + 2 * SPMV_LANES);
  sums.parts[3] = add_product(sums.parts[3], _mm512_unpackhi_epi16(low_right, high_right), words + 3 * SPMV_LANES);
  return sums;
}

static inline __m512i add(__m512i x, __m512i y) {
  return _mm512_castps_si512(_mm512_add_ps(_mm512_castsi512_ps(x), _mm512_castsi512_ps(y)));
}

static inline __m512i slice_sum(struct spmv_sums sums) {
  return add(add(sums.parts[0], sums.parts[1]), add(sums.parts[2], sums.parts[3]));
}

static void multiply(const struct spmv_region *region, const uint8_t *tables, int32_t *sums) {
  __m512i slices[SPMV_SLICES];
  spmv_sum_slices(region, tables, slices);
  for (int64_t row = 0; row < SPMM_PANEL; row += SPMV_LANES) {
    _mm512_store_si512(sums + row, add(_mm512_load_si512(sums + row), in_slots(slices, region->slots + row)));
  }
}

static const struct spmv_kernel KERNEL = {SPMV_TABLE - 1, spmv_prepare_avx512, multiply, spmm_store_tile};

int64_t spmm_f32f32f32_csr_16x1_avx512vbmi_workspace(const struct tern_gemm *gemm, int64_t m) {
  (void)m;
  return spmv_workspace(&KERNEL, gemm);
}

void spmm_f32f32f32_csr_16x1_avx512vbmi(const struct gemm_call *call, struct rectangle part) {
  spmv_run(&KERNEL, call, part);
}
