// activation_avx512.c -- sigmoid and tanh of 16 floats at a time; formula, steps and error bound in activation.h
//   layout:    count floats to count floats, in place where they are the same
//   registers: x, e^u in two, and the constants of activation_avx512.h, which stay in registers across the loop
//   overflow:  none: both are bounded
//   reads:     the floats, exactly: the last ones under a mask
//   target:    AVX-512
//   truth: scalar/activation_scalar.c, bit for bit    test: activation_test    bench: bench/lab/lstm_lab.c
#include "activation_avx512.h"
#include "amd64.h"

enum { LANES = 16 };

static inline __mmask16 lanes_from(int64_t count) {
  return (__mmask16)(count >= LANES ? 0xffff : (1 << count) - 1);
}

void activation_sigmoid_f32_avx512(const float *from, float *to, int64_t count) {
  for (int64_t i = 0; i < count; i += LANES) {
    const __mmask16 mask = lanes_from(count - i);
    _mm512_mask_storeu_ps(to + i, mask, sigmoid_avx512(_mm512_maskz_loadu_ps(mask, from + i)));
  }
}

void activation_tanh_f32_avx512(const float *from, float *to, int64_t count) {
  for (int64_t i = 0; i < count; i += LANES) {
    const __mmask16 mask = lanes_from(count - i);
    _mm512_mask_storeu_ps(to + i, mask, tanh_avx512(_mm512_maskz_loadu_ps(mask, from + i)));
  }
}
