// activation_avx2.h -- sigmoid and tanh of eight floats, in the steps of activation.h and with the same bits
#ifndef TERN_ACTIVATION_AVX2_H
#define TERN_ACTIVATION_AVX2_H

#include "../activation.h"

#include <immintrin.h>

struct exponential_avx2 {
  __m256 scale, rest;
};

static inline __m256 plus_times_avx2(__m256 a, __m256 x, __m256 y) {
  return _mm256_add_ps(a, _mm256_mul_ps(x, y));
}

static inline struct exponential_avx2 exponential_avx2(__m256 u) {
  const __m256 rounder = _mm256_set1_ps(EXP_ROUNDER);
  const __m256 bounded = _mm256_max_ps(_mm256_set1_ps(EXP_LOWEST), u); // the second where one is NaN
  const __m256 shifted = plus_times_avx2(rounder, bounded, _mm256_set1_ps(EXP_LOG2E));
  const __m256 k = _mm256_sub_ps(shifted, rounder);
  const __m256 high = _mm256_sub_ps(bounded, _mm256_mul_ps(k, _mm256_set1_ps(EXP_LN2_HIGH)));
  const __m256 r = _mm256_sub_ps(high, _mm256_mul_ps(k, _mm256_set1_ps(EXP_LN2_LOW)));
  __m256 q = plus_times_avx2(_mm256_set1_ps(EXP_Q3), _mm256_set1_ps(EXP_Q4), r);
  q = plus_times_avx2(_mm256_set1_ps(EXP_Q2), q, r);
  q = plus_times_avx2(_mm256_set1_ps(EXP_Q1), q, r);
  q = plus_times_avx2(_mm256_set1_ps(EXP_Q0), q, r);
  const __m256i exponents = _mm256_slli_epi32(_mm256_castps_si256(shifted), EXP_MANTISSA);
  return (struct exponential_avx2){
      _mm256_castsi256_ps(_mm256_add_epi32(exponents, _mm256_set1_epi32(EXP_ONE))),
      plus_times_avx2(r, _mm256_mul_ps(r, r), q),
  };
}

static inline __m256 sigmoid_avx2(__m256 x) {
  const __m256 one = _mm256_set1_ps(1);
  const struct exponential_avx2 e = exponential_avx2(_mm256_or_ps(x, _mm256_set1_ps(-0.0f)));
  const __m256 t = plus_times_avx2(e.scale, e.scale, e.rest);
  const __m256 negative = _mm256_cmp_ps(x, _mm256_setzero_ps(), _CMP_LT_OQ);
  return _mm256_div_ps(_mm256_blendv_ps(one, t, negative), _mm256_add_ps(one, t));
}

static inline __m256 tanh_avx2(__m256 x) {
  const __m256 sign = _mm256_set1_ps(-0.0f);
  const __m256 below = _mm256_or_ps(x, sign);
  const struct exponential_avx2 e = exponential_avx2(_mm256_add_ps(below, below));
  const __m256 m = plus_times_avx2(_mm256_sub_ps(e.scale, _mm256_set1_ps(1)), e.scale, e.rest);
  const __m256 size = _mm256_div_ps(m, _mm256_add_ps(m, _mm256_set1_ps(2)));
  return _mm256_or_ps(_mm256_andnot_ps(sign, size), _mm256_and_ps(sign, x));
}

#endif
