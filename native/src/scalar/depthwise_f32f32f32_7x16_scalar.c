// depthwise_f32f32f32_7x16_scalar.c -- f32 depthwise convolution on vectors that any compiler has registers for
//   y[p][c] = clamp(bias[c] + sum over kh, kw of x[kh][p * stride + kw * dilation][c] * w[kh][kw][c]) (+ y[p][c])
//   layout:    f32_c16: [C/16][KH][KW][16]
//   registers: 7 acc of four channels, one position each; 3 of weights, 1 of x
//   overflow:  as IEEE 754 has it; a NaN passes through the clamp
//   reads:     rows of x to the last channel, a rest of channels one by one
//   target:    any CPU
//   truth: the loops in test/conv2d_test.c    test: conv2d_test    bench: scripts/bench conv
#include "scalar.h"

#include <string.h>

typedef float vector __attribute__((vector_size(16)));

static inline vector vector_load(const float *from, int64_t count) {
  vector x = {0};
  if (count >= 4) {
    memcpy(&x, from, sizeof x);
  }
  for (int64_t i = 0; i < count && count < 4; i++) {
    x[i] = from[i];
  }
  return x;
}

static inline void vector_store(float *to, vector x, int64_t count) {
  if (count >= 4) {
    memcpy(to, &x, sizeof x);
  }
  for (int64_t i = 0; i < count && count < 4; i++) {
    to[i] = x[i];
  }
}

static inline vector vector_set1(float x) {
  return (vector){x, x, x, x};
}

static inline vector vector_zero(void) {
  return (vector){0};
}

static inline vector vector_add(vector a, vector b) {
  return a + b;
}

static inline vector vector_fma(vector a, vector b, vector acc) {
  return acc + a * b;
}

static inline vector vector_clamp(vector x, vector low, vector high) {
  for (int i = 0; i < 4; i++) {
    const float above = x[i] < low[i] ? low[i] : x[i];
    x[i] = above > high[i] ? high[i] : above;
  }
  return x;
}

enum { HOLDS_TAPS = 0, MAX_WIDTH = 5 };

#include "../depthwise_f32.h"

const struct depthwise_kernel depthwise_f32f32f32_7x16_scalar = {.layout = &depthwise_f32_c16, .run = run};
