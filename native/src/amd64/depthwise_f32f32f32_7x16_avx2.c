// depthwise_f32f32f32_7x16_avx2.c -- f32 depthwise convolution on 256-bit FMA, eight channels at a time
//   y[p][c] = clamp(bias[c] + sum over kh, kw of x[kh][p * stride + kw * dilation][c] * w[kh][kw][c]) (+ y[p][c])
//   layout:    f32_c16: [C/16][KH][KW][16]
//   registers: ymm 7 acc, one position each; 3 of weights, 1 of x, which feeds up to three positions
//   floor:     of 8 outputs, 3x3, stride 1: 9 FMA and 2 of the clamp on two ports: 5.5 cycles
//   overflow:  as IEEE 754 has it; a NaN passes through the clamp
//   reads:     rows of x to the last channel, under a mask
//   target:    AVX2 and FMA
//   truth: scalar/depthwise_f32f32f32_7x16_scalar.c    test: conv2d_test    bench: scripts/bench conv
#include "amd64.h"
#include "mask_avx2.h"

typedef __m256 vector;

static inline vector vector_load(const float *from, int64_t count) {
  return count >= 8 ? _mm256_loadu_ps(from) : _mm256_maskload_ps(from, mask_avx2(count));
}

static inline void vector_store(float *to, vector x, int64_t count) {
  if (count >= 8) {
    _mm256_storeu_ps(to, x);
  } else {
    _mm256_maskstore_ps(to, mask_avx2(count), x);
  }
}

static inline vector vector_set1(float x) {
  return _mm256_set1_ps(x);
}

static inline vector vector_zero(void) {
  return _mm256_setzero_ps();
}

static inline vector vector_add(vector a, vector b) {
  return _mm256_add_ps(a, b);
}

static inline vector vector_fma(vector a, vector b, vector acc) {
  return _mm256_fmadd_ps(a, b, acc);
}

// min and max return their second operand when one is NaN.
static inline vector vector_clamp(vector x, vector low, vector high) {
  return _mm256_min_ps(high, _mm256_max_ps(low, x));
}

enum { HOLDS_TAPS = 0, MAX_WIDTH = 5 };

#include "../depthwise_f32.h"

const struct depthwise_kernel depthwise_f32f32f32_7x16_avx2 = {.layout = &depthwise_f32_c16, .run = run};
