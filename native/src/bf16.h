// bf16.h -- the upper half of an f32: seven bits of its fraction, all of its exponent
#ifndef TERN_BF16_H
#define TERN_BF16_H

#include "kernel.h"

enum { BF16_PAIR_BYTES = 4 };

// Of k terms, the last filled up.
static inline int64_t bf16_pairs(int64_t k) {
  return ceil_div(k, 2);
}

static inline float bf16_widen(uint16_t x) {
  const union {
    uint32_t bits;
    float real;
  } wide = {(uint32_t)x << 16};
  return wide.real;
}

#endif
