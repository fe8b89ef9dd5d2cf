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

void activation_sigmoid_f32_avx2(const float *from, float *to, int64_t count) {
  for (int64_t i = 0; i < count; i += LANES) {
    const __m256i mask = mask_avx2(count - i);
    _mm256_maskstore_ps(to + i, mask, sigmoid_avx2(_mm256_maskload_ps(from + i, mask)));
  }
}

void activation_tanh_f32_avx2(const float *from, float *to, int64_t count) {
  for (int64_t i = 0; i < count; i += LANES) {
    const __m256i mask = mask_avx2(count - i);
    _mm256_maskstore_ps(to + i, mask, tanh_avx2(_mm256_maskload_ps(from + i, mask)));
  }
}
