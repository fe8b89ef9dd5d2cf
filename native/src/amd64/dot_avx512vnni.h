// dot_avx512vnni.h -- four k of a row, and vpdpbusd, for the kernels that multiply by it
#ifndef TERN_DOT_AVX512VNNI_H
#define TERN_DOT_AVX512VNNI_H

#include <immintrin.h>
#include <stdint.h>
#include <string.h>

static inline __m512i quad(const uint8_t *a) {
  int32_t bits;
  memcpy(&bits, a, sizeof bits);
  return _mm512_set1_epi32(bits);
}

// gcc 12 copies the accumulator around the intrinsic and runs out of registers; this way it stays where it is.
static inline __m512i dot_quads(__m512i acc, __m512i a, __m512i b) {
  __asm__("vpdpbusd %[b], %[a], %[acc]" : [acc] "+v"(acc) : [a] "v"(a), [b] "v"(b));
  return acc;
}

#endif
