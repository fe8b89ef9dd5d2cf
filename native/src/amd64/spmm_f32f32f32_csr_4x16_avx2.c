// spmm_f32f32f32_csr_4x16_avx2.c -- sparse f32 weights on 256-bit vfmadd231ps
//   y[m][n] = clamp(bias[n] + sum over stored k of x[m][k] * w[n][k])
//   layout:    f32_csr (spmm.h); lines of 16 rows of x: two registers, each 8 rows of one k
//   registers: ymm 8 acc, 4 rows of weights x 2 vectors of rows of x; 1 weight, broadcast
//   overflow:  none
//   reads:     exactly K elements of each row of x
//   target:    AVX2 with FMA
//   truth: scalar/spmm_f32f32f32_csr_4x16_scalar.c    test: spmm_test    bench: scripts/bench sparse
#include "../spmm_f32.h"
#include "amd64.h"
#include "spmm_avx2.h"

static inline struct spmm_word broadcast_word(const int32_t *word) {
  return (struct spmm_word){{_mm256_set1_epi32(*word)}};
}

static inline __m256i dot_line(__m256i acc, const uint8_t *line, int v, int vectors, struct spmm_word word) {
  (void)vectors;
  const __m256 x = _mm256_load_ps((const float *)line + v * SPMM_LANES);
  return _mm256_castps_si256(_mm256_fmadd_ps(x, _mm256_castsi256_ps(word.parts[0]), _mm256_castsi256_ps(acc)));
}

// line[k][row] = x[row][k]; missing rows repeat the last one.
static void prepare(const struct spmm_rows *rows) {
  const int64_t width = rows->vectors * SPMM_LANES;
  for (int64_t row = 0; row < width; row++) {
    const float *x = (const float *)(rows->x + min64(row, rows->rows - 1) * rows->stride);
    for (int64_t k = 0; k < rows->bytes / 4; k++) {
      ((float *)rows->lines)[k * width + row] = x[k];
    }
  }
}

static void multiply(const struct spmm_part *part) {
  spmm_multiply_avx2(part, 4);
}

static const struct spmm_kernel KERNEL = {0, SPMM_LANES, SPMM_VECTORS, 4, prepare, multiply, spmm_store_f32};

int64_t spmm_f32f32f32_csr_4x16_avx2_workspace(const struct tern_gemm *gemm, int64_t m) {
  (void)m;
  return spmm_workspace(&KERNEL, gemm);
}

void spmm_f32f32f32_csr_4x16_avx2(const struct gemm_call *call, struct rectangle part) {
  spmm_run(&KERNEL, call, part);
}
