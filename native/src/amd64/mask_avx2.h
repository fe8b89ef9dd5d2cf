// mask_avx2.h -- masks of the first columns out of eight
#ifndef TERN_MASK_AVX2_H
#define TERN_MASK_AVX2_H

#include <immintrin.h>
#include <stdbool.h>
#include <stdint.h>

// All bits of lane i are set where i < cols; cols may lie outside 0 to 8.
static inline __m256i mask_avx2(int64_t cols) {
  const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  return _mm256_cmpgt_epi32(_mm256_set1_epi32((int32_t)cols), lanes);
}

// Whole vectors are stored without a mask, under which a store takes 12 cycles of a Zen 3.
static inline __attribute__((always_inline)) void store_avx2(float *to, __m256i mask, const bool whole, __m256 value) {
  if (whole) {
    _mm256_storeu_ps(to, value);
  } else {
    _mm256_maskstore_ps(to, mask, value);
  }
}

// The same for integers.
static inline __attribute__((always_inline)) void store_s32_avx2(int32_t *to, __m256i mask, const bool whole,
                                                                 __m256i value) {
  if (whole) {
    _mm256_storeu_si256((__m256i *)to, value);
  } else {
    _mm256_maskstore_epi32(to, mask, value);
  }
}

#endif
