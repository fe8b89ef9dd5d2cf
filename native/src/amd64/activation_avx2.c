// activation_avx2.c -- sigmoid and tanh of eight floats at a time; formula, steps and error bound in activation.h
//   layout:    count floats to count floats, in place where they are the same
//   registers: x, e^u in two, and the constants of activation_avx2.h
//   overflow:  none: both are bounded
//   reads:     the floats, exactly: the last ones under a mask
//   target:    AVX2
//   truth: scalar/activation_scalar.c, bit for bit    test: activation_test    bench: bench/lab/lstm_lab.c
#include "activation_avx2.h"
#include "amd64.h"
#include "mask_avx2.h"

enum { LANES = 8 };

static inline __attribute__((always_inline)) void run(const float *from, float *to, int64_t count, const bool sigmoid) {
  const int64_t whole = count / LANES * LANES;
  for (int64_t i = 0; i < whole; i += LANES) {
    const __m256 x = _mm256_loadu_ps(from + i);
    _mm256_storeu_ps(to + i, sigmoid ? sigmoid_avx2(x) : tanh_avx2(x));
  }
  if (whole < count) {
    const __m256i rest = mask_avx2(count - whole);
    const __m256 x = _mm256_maskload_ps(from + whole, rest);
    _mm256_maskstore_ps(to + whole, rest, sigmoid ? sigmoid_avx2(x) : tanh_avx2(x));
  }
}

void activation_sigmoid_f32_avx2(const float *from, float *to, int64_t count) {
  run(from, to, count, true);
}

void activation_tanh_f32_avx2(const float *from, float *to, int64_t count) {
  run(from, to, count, false);
}
