// group_row_avx512.h -- one row over all groups of k, whose sums stay in registers; the products are the includer's
//   As add_group.h has it: sum += (float) (acc + seed - zb * sum of a) * scale, a product and a sum, not contracted.
#ifndef TERN_GROUP_ROW_AVX512_H
#define TERN_GROUP_ROW_AVX512_H

#include "../gemm_s32.h"

#include <immintrin.h>

// Accumulators of one group, or f32 sums of all, by panel.
struct group_accumulators {
  __m512i of[MAX_TILE_PANELS];
};

struct group_sums {
  __m512 of[MAX_TILE_PANELS];
};

static inline __attribute__((always_inline)) void group_row_add(const struct group_row *row, int64_t group,
                                                                const int panels,
                                                                const struct group_accumulators *accumulators,
                                                                struct group_sums *sums) {
  const struct tern_gemm *gemm = row->call->gemm;
#pragma GCC unroll 4
  for (int p = 0; p < panels; p++) {
    const int64_t at = scale_index(gemm, row->col + p * PANEL, group);
    __m512i acc = _mm512_add_epi32(accumulators->of[p], _mm512_loadu_si512(gemm->seeds + at));
    if (gemm->b_zero_points) {
      const __m512i zeros = _mm512_loadu_si512(gemm->b_zero_points + at);
      acc = _mm512_sub_epi32(acc, _mm512_mullo_epi32(zeros, _mm512_set1_epi32(row->a_sums[group])));
    }
    const __m512 scaled = _mm512_mul_ps(_mm512_cvtepi32_ps(acc), _mm512_loadu_ps(gemm->b_scales + at));
    sums->of[p] = _mm512_add_ps(sums->of[p], scaled);
  }
}

static inline __attribute__((always_inline)) struct group_sums group_row_zeros(const int panels) {
  struct group_sums sums;
#pragma GCC unroll 4
  for (int p = 0; p < panels; p++) {
    sums.of[p] = _mm512_setzero_ps();
  }
  return sums;
}

static inline __attribute__((always_inline)) void group_row_store(const struct group_row *row, const int panels,
                                                                  const struct group_sums *sums) {
#pragma GCC unroll 4
  for (int p = 0; p < panels; p++) {
    _mm512_storeu_ps(row->sums + p * PANEL, sums->of[p]);
  }
}

#endif
