// int8.h -- rows of A before the first multiplication
#ifndef TERN_INT8_H
#define TERN_INT8_H

#include "kernel.h"

#include <string.h>

// Copies `bytes`, each of them xor `flip`; the rest up to `padded` becomes zero.
static inline void copy_flipped(uint8_t *restrict to, const uint8_t *restrict from, int64_t bytes, int64_t padded,
                                uint8_t flip) {
  if (flip == 0) {
    memcpy(to, from, (size_t)bytes);
  }
  for (int64_t i = 0; i < bytes && flip != 0; i++) {
    to[i] = from[i] ^ flip;
  }
  memset(to + bytes, 0, (size_t)(padded - bytes));
}

// Sum of the bytes, each of them xor `flip`, taken as s8 or u8.
static inline int32_t sum_bytes(const uint8_t *from, int64_t bytes, uint8_t flip, bool is_signed) {
  uint32_t sum = 0;
  const uint8_t offset = is_signed ? 0x80 : 0; // s8 = (u8 ^ 0x80) - 128
  for (int64_t i = 0; i < bytes; i++) {
    sum += (uint8_t)(from[i] ^ flip ^ offset);
  }
  return (int32_t)(sum - (uint32_t)bytes * offset);
}

#endif
