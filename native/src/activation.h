// activation.h -- sigmoid and tanh in f32, of sums, products and quotients alone: the same bits on every machine
//   sigmoid(x) = 1 / (1 + e^-x)          tanh(x) = (e^2x - 1) / (e^2x + 1)
//
// Both come from e^u with u = -|x| or -2|x|, which neither overflows nor cancels:
//   1. u is at least EXP_LOWEST, so that no product below is subnormal, which would cost a hundred cycles and more.
//   2. k = rint(u / ln 2); r = u - k ln 2, |r| <= 0.3466. ln 2 is the sum of two floats, of which k times the first is
//      exact; adding EXP_ROUNDER rounds to integers and leaves k in the lowest bits.
//   3. e^r - 1 = r + r^2 q(r); q of degree 4 is the minimax polynomial of its relative error, 2^-25.8 with rounded
//      coefficients.
//   4. e^u = s + s (e^r - 1), and e^u - 1 = (s - 1) + s (e^r - 1), where s = 2^k; near 0, k is 0 and nothing cancels.
//   5. sigmoid = (x < 0 ? t : 1) / (1 + t), t = e^-|x|;  tanh = |m / (m + 2)| with the sign of x, m = e^-2|x| - 1.
//
// Error against the exact value, over all floats (test/activation_test.c): at most ACTIVATION_ULPS units in the last
// place, but that sigmoid stays at e^EXP_LOWEST = 4.0e-31 below it. NaN gives NaN, tanh(+-inf) = +-1, tanh(x) = x where
// x is tiny, -0 and subnormal numbers included.
#ifndef TERN_ACTIVATION_H
#define TERN_ACTIVATION_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#define EXP_LOWEST -70.0f
#define EXP_LOG2E 0x1.715476p+0f
#define EXP_ROUNDER 0x1.8p+23f
#define EXP_LN2_HIGH 0x1.63p-1f
#define EXP_LN2_LOW -0x1.bd0106p-13f
#define EXP_Q0 0x1.fffffep-2f
#define EXP_Q1 0x1.5554bp-3f
#define EXP_Q2 0x1.555674p-5f
#define EXP_Q3 0x1.1227bp-7f
#define EXP_Q4 0x1.6bebfep-10f

enum { EXP_MANTISSA = 23, EXP_ONE = 0x3f800000 };

// e^u = scale + scale * rest
struct exponential {
  float scale, rest;
};

static inline struct exponential exponential(float u) {
  const float bounded = u < EXP_LOWEST ? EXP_LOWEST : u;
  const float shifted = bounded * EXP_LOG2E + EXP_ROUNDER;
  const float k = shifted - EXP_ROUNDER;
  const float r = (bounded - k * EXP_LN2_HIGH) - k * EXP_LN2_LOW;
  const float q = (((EXP_Q4 * r + EXP_Q3) * r + EXP_Q2) * r + EXP_Q1) * r + EXP_Q0;
  uint32_t bits;
  memcpy(&bits, &shifted, sizeof bits);
  bits = (bits << EXP_MANTISSA) + EXP_ONE;
  struct exponential e = {.rest = r * r * q + r};
  memcpy(&e.scale, &bits, sizeof bits);
  return e;
}

static inline float sigmoid_scalar(float x) {
  const struct exponential e = exponential(-fabsf(x));
  const float t = e.scale + e.scale * e.rest;
  return (x < 0 ? t : 1) / (1 + t);
}

static inline float tanh_scalar(float x) {
  const struct exponential e = exponential(-2 * fabsf(x));
  const float m = (e.scale - 1) + e.scale * e.rest;
  return copysignf(m / (m + 2), x);
}

#endif
