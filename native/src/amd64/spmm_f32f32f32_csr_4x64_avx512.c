// spmm_f32f32f32_csr_4x64_avx512.c -- sparse f32 weights on vfmadd231ps
//   y[m][n] = clamp(bias[n] + sum over stored k of x[m][k] * w[n][k])
//   layout:    f32_csr (spmm.h); lines of 64 rows of x: four registers, each 16 rows of one k
//   registers: zmm 16 acc, 4 rows of weights x 4 vectors of rows of x; 1 weight, broadcast. Per stored weight: one
//              index, one broadcast and four loads, which vfmadd231ps takes as operands: 2.5 cycles of loads for 2 of
//              arithmetic, at most 80 % of the peak
//   overflow:  none
//   reads:     exactly K elements of each row of x
//   target:    AVX-512 (Skylake-X, Zen 4 and later)
//   truth: scalar/spmm_f32f32f32_csr_4x16_scalar.c    test: spmm_test    bench: scripts/bench sparse
#include "../spmm_f32.h"
#include "amd64.h"
#include "spmm_avx512.h"

static inline __m512i dot_line(__m512i acc, const uint8_t *line, __m512i weights) {
  return _mm512_castps_si512(
      _mm512_fmadd_ps(_mm512_load_ps(line), _mm512_castsi512_ps(weights), _mm512_castsi512_ps(acc)));
}

static void store(const struct spmm_result *result) {
  spmm_transpose_sums(result);
  spmm_store_tile(result);
}

static const struct spmm_kernel KERNEL = {0,    SPMM_LANES, SPMM_VECTORS, 4, spmm_prepare_avx512, spmm_multiply_avx512,
                                          store};

int64_t spmm_f32f32f32_csr_4x64_avx512_workspace(const struct tern_gemm *gemm, int64_t m) {
  (void)m;
  return spmm_workspace(&KERNEL, gemm);
}

void spmm_f32f32f32_csr_4x64_avx512(const struct gemm_call *call, struct rectangle part) {
  spmm_run(&KERNEL, call, part);
}
