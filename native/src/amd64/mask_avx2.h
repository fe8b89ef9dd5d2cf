// mask_avx2.h -- masks of the first columns out of eight
#ifndef TERN_MASK_AVX2_H
#define TERN_MASK_AVX2_H

#include <immintrin.h>
#include <stdint.h>

// All bits of lane i are set where i < cols; cols may lie outside 0 to 8.
static inline __m256i mask_avx2(int64_t cols) {
  const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  return _mm256_cmpgt_epi32(_mm256_set1_epi32((int32_t)cols), lanes);
}

#endif
