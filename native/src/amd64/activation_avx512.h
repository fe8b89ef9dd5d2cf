// activation_avx512.h -- sigmoid and tanh of 16 floats, in the steps of activation.h and with the same bits
#ifndef TERN_ACTIVATION_AVX512_H
#define TERN_ACTIVATION_AVX512_H

#include "../activation.h"

#include <immintrin.h>

struct exponential_avx512 {
  __m512 scale, rest;
};

static inline __m512 plus_times_avx512(__m512 a, __m512 x, __m512 y) {
  return _mm512_add_ps(a, _mm512_mul_ps(x, y));
}

static inline struct exponential_avx512 exponential_avx512(__m512 u) {
  const __m512 rounder = _mm512_set1_ps(EXP_ROUNDER);
  const __m512 bounded = _mm512_max_ps(_mm512_set1_ps(EXP_LOWEST), u); // the second where one is NaN
  const __m512 shifted = plus_times_avx512(rounder, bounded, _mm512_set1_ps(EXP_LOG2E));
  const __m512 k = _mm512_sub_ps(shifted, rounder);
  const __m512 high = _mm512_sub_ps(bounded, _mm512_mul_ps(k, _mm512_set1_ps(EXP_LN2_HIGH)));
  const __m512 r = _mm512_sub_ps(high, _mm512_mul_ps(k, _mm512_set1_ps(EXP_LN2_LOW)));
  __m512 q = plus_times_avx512(_mm512_set1_ps(EXP_Q3), _mm512_set1_ps(EXP_Q4), r);
  q = plus_times_avx512(_mm512_set1_ps(EXP_Q2), q, r);
  q = plus_times_avx512(_mm512_set1_ps(EXP_Q1), q, r);
  q = plus_times_avx512(_mm512_set1_ps(EXP_Q0), q, r);
  const __m512i exponents = _mm512_slli_epi32(_mm512_castps_si512(shifted), EXP_MANTISSA);
  return (struct exponential_avx512){
      _mm512_castsi512_ps(_mm512_add_epi32(exponents, _mm512_set1_epi32(EXP_ONE))),
      plus_times_avx512(r, _mm512_mul_ps(r, r), q),
  };
}

static inline __m512 sigmoid_avx512(__m512 x) {
  const __m512 one = _mm512_set1_ps(1);
  const struct exponential_avx512 e = exponential_avx512(_mm512_or_ps(x, _mm512_set1_ps(-0.0f)));
  const __m512 t = plus_times_avx512(e.scale, e.scale, e.rest);
  const __mmask16 negative = _mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_LT_OQ);
  return _mm512_div_ps(_mm512_mask_mov_ps(one, negative, t), _mm512_add_ps(one, t));
}

static inline __m512 tanh_avx512(__m512 x) {
  const __m512 sign = _mm512_set1_ps(-0.0f);
  const __m512 below = _mm512_or_ps(x, sign);
  const struct exponential_avx512 e = exponential_avx512(_mm512_add_ps(below, below));
  const __m512 m = plus_times_avx512(_mm512_sub_ps(e.scale, _mm512_set1_ps(1)), e.scale, e.rest);
  const __m512 size = _mm512_div_ps(m, _mm512_add_ps(m, _mm512_set1_ps(2)));
  return _mm512_or_ps(_mm512_andnot_ps(sign, size), _mm512_and_ps(sign, x));
}

#endif
