// activation_scalar.c -- sigmoid and tanh of floats, one at a time; formula, steps and error bound in activation.h
//   layout:    count floats to count floats, in place where they are the same
//   registers: the compiler's
//   overflow:  none: both are bounded
//   reads:     the floats, exactly
//   target:    any CPU
//   truth: exp and tanh in double    test: activation_test    bench: bench/lab/lstm_lab.c
#include "../activation.h"
#include "scalar.h"

void activation_sigmoid_f32_scalar(const float *from, float *to, int64_t count) {
  for (int64_t i = 0; i < count; i++) {
    to[i] = sigmoid_scalar(from[i]);
  }
}

void activation_tanh_f32_scalar(const float *from, float *to, int64_t count) {
  for (int64_t i = 0; i < count; i++) {
    to[i] = tanh_scalar(from[i]);
  }
}
