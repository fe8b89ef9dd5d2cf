// read.c -- one pass over memory
#include "tern.h"

#include <string.h>

// A cache line; where registers are narrower the compiler makes several loads of it.
typedef uint64_t line __attribute__((vector_size(64), aligned(1), may_alias));

// Two chains hide the latency of the additions: two loads a cycle is what there is. Inlined into a function for each
// instruction set, since the width of the loads bounds what comes from L1.
static inline __attribute__((always_inline)) uint64_t sum(const uint8_t *at, int64_t bytes) {
  line even = {0}, odd = {0};
  for (; bytes >= 128; bytes -= 128, at += 128) {
    even += *(const line *)at;
    odd += *(const line *)(at + 64);
  }
  even += odd;
  uint64_t total = 0;
  for (int i = 0; i < 8; i++) {
    total += even[i];
  }
  for (; bytes > 0; bytes -= 8, at += 8) {
    uint64_t word = 0;
    memcpy(&word, at, (size_t)(bytes < 8 ? bytes : 8));
    total += word;
  }
  return total;
}

#ifdef __x86_64__
static __attribute__((target("avx512f,prefer-vector-width=512"))) uint64_t sum_avx512(const uint8_t *at,
                                                                                      int64_t bytes) {
  return sum(at, bytes);
}

static __attribute__((target("avx2"))) uint64_t sum_avx2(const uint8_t *at, int64_t bytes) {
  return sum(at, bytes);
}
#endif

uint64_t tern_read(const void *from, int64_t bytes) {
#ifdef __x86_64__
  // What the runtime found once at load: tern_cpu_isa() asks the CPU each time, which costs more than reading L1.
  if (__builtin_cpu_supports("avx512f")) {
    return sum_avx512(from, bytes);
  }
  if (__builtin_cpu_supports("avx2")) {
    return sum_avx2(from, bytes);
  }
#endif
  return sum(from, bytes);
}
