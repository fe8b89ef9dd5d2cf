// int8.h -- what the integer kernels share before the first multiplication
#ifndef TERN_INT8_H
#define TERN_INT8_H

#include "kernel.h"

#include <string.h>

// XOR of every byte of A that makes it of the signedness of the kernel.
static inline uint8_t flip_of(const struct tern_gemm *gemm, int32_t kernel_type) {
  return gemm->a_type == kernel_type ? 0 : 0x80;
}

// Bytes to copy, flipped; the rest up to `padded` becomes zero.
static inline void copy_flipped(uint8_t *restrict to, const uint8_t *restrict from, int64_t bytes, int64_t padded,
                                uint8_t flip) {
  for (int64_t i = 0; i < bytes; i++) {
    to[i] = from[i] ^ flip;
  }
  memset(to + bytes, 0, (size_t)(padded - bytes));
}

static inline int32_t sum_u8(const uint8_t *from, int64_t bytes, uint8_t flip) {
  uint32_t sum = 0;
  for (int64_t i = 0; i < bytes; i++) {
    sum += (uint8_t)(from[i] ^ flip);
  }
  return (int32_t)sum;
}

static inline int32_t sum_s8(const uint8_t *from, int64_t bytes) {
  uint32_t sum = 0;
  for (int64_t i = 0; i < bytes; i++) {
    sum += (uint32_t)(int8_t)from[i];
  }
  return (int32_t)sum;
}

#endif
