// read.c -- one pass over memory
#include "tern.h"

#include <string.h>

// Eight chains hide the latency of the additions; the compiler makes vectors of them. One core's line-fill buffers, not
// the width of the loads, bound what comes from beyond L1.
uint64_t tern_read(const void *from, int64_t bytes) {
  const uint8_t *at = from;
  uint64_t sums[8] = {0};
  for (; bytes >= 64; bytes -= 64, at += 64) {
    uint64_t words[8];
    memcpy(words, at, sizeof words);
    for (int i = 0; i < 8; i++) {
      sums[i] += words[i];
    }
  }
  uint64_t sum = 0;
  for (int i = 0; i < 8; i++) {
    sum += sums[i];
  }
  for (; bytes > 0; bytes -= 8) {
    uint64_t word = 0;
    memcpy(&word, at, (size_t)(bytes < 8 ? bytes : 8));
    sum += word;
    at += 8;
  }
  return sum;
}
