// depthwise_f32f32f32_7x16_avx512.c -- f32 depthwise convolution on 512-bit FMA
//   y[p][c] = clamp(bias[c] + sum over kh, kw of x[kh][p * stride + kw * dilation][c] * w[kh][kw][c]) (+ y[p][c])
//   layout:    f32_c16: [C/16][KH][KW][16]
//   registers: zmm 7 acc, one position each; 3 of weights, 1 of x, which feeds up to three positions
//   floor:     of 16 outputs, 3x3, stride 1: 9 FMA and 2 of the clamp on two ports: 5.5 cycles; memory, where x and y
//              do not stay in L2
//   overflow:  as IEEE 754 has it; a NaN passes through the clamp
//   reads:     rows of x to the last channel, under a mask
//   target:    AVX-512 with two FMA ports
//   truth: scalar/depthwise_f32f32f32_7x16_scalar.c    test: conv2d_test    bench: scripts/bench conv
#include "amd64.h"

#include <immintrin.h>

typedef __m512 vector;

static inline __mmask16 lanes_mask(int64_t count) {
  return (__mmask16)(count >= 16 ? 0xffff : (1 << count) - 1);
}

static inline vector vector_load(const float *from, int64_t count) {
  return _mm512_maskz_loadu_ps(lanes_mask(count), from);
}

static inline void vector_store(float *to, vector x, int64_t count) {
  _mm512_mask_storeu_ps(to, lanes_mask(count), x);
}

static inline vector vector_set1(float x) {
  return _mm512_set1_ps(x);
}

static inline vector vector_zero(void) {
  return _mm512_setzero_ps();
}

static inline vector vector_add(vector a, vector b) {
  return _mm512_add_ps(a, b);
}

static inline vector vector_fma(vector a, vector b, vector acc) {
  return _mm512_fmadd_ps(a, b, acc);
}

// min and max return their second operand when one is NaN.
static inline vector vector_clamp(vector x, vector low, vector high) {
  return _mm512_min_ps(high, _mm512_max_ps(low, x));
}

enum { HOLDS_TAPS = 1, MAX_WIDTH = 7 };

#include "../depthwise_f32.h"

const struct depthwise_kernel depthwise_f32f32f32_7x16_avx512 = {.layout = &depthwise_f32_c16, .run = run};
