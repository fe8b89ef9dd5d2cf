// bundle_avx512vbmi.h -- lines of few channels side by side, position by position
//   to[(p*height + h)*bytes + c] = lines[h][p*bytes + c]
//   registers: 16 bytes of each of 8 lines in the lanes of two, and the order in which vpermi2b takes some whole
//              positions from them, at most 64 bytes; 8 loads, 7 of them into lanes, a shuffle and a store for those
//   reads:     up to 15 bytes behind the lines    writes: up to 64 bytes behind `to`
#ifndef TERN_BUNDLE_AVX512VBMI_H
#define TERN_BUNDLE_AVX512VBMI_H

#include "../conv2d.h"

#include <immintrin.h>

struct bundler {
  __m512i order;
  int64_t bytes, position_bytes; // of a position in one line, and in all
  int64_t positions;             // at a time
};

static struct bundler bundler_of(int64_t height, int64_t bytes) {
  const int64_t all = height * bytes, positions = min64(BUNDLE_POSITION / all, BUNDLE_TERM / bytes);
  uint8_t order[BUNDLE_POSITION] = {0};
  for (int64_t i = 0; i < positions * all; i++) {
    order[i] = (uint8_t)(i % all / bytes * BUNDLE_TERM + i / all * bytes + i % bytes);
  }
  return (struct bundler){_mm512_loadu_si512(order), bytes, all, positions};
}

static inline __m512i bundle_lanes(const uint8_t *const lines[4], int64_t at) {
  __m512i lanes = _mm512_castsi128_si512(_mm_loadu_si128((const __m128i *)(lines[0] + at)));
  lanes = _mm512_inserti32x4(lanes, _mm_loadu_si128((const __m128i *)(lines[1] + at)), 1);
  lanes = _mm512_inserti32x4(lanes, _mm_loadu_si128((const __m128i *)(lines[2] + at)), 2);
  return _mm512_inserti32x4(lanes, _mm_loadu_si128((const __m128i *)(lines[3] + at)), 3);
}

static void bundle(const struct bundler *bundler, const uint8_t *const lines[BUNDLE_LINES], int64_t positions,
                   uint8_t *to) {
  for (int64_t p = 0; p < positions; p += bundler->positions) {
    const int64_t at = p * bundler->bytes;
    const __m512i left = bundle_lanes(lines, at), right = bundle_lanes(lines + 4, at);
    _mm512_storeu_si512(to + p * bundler->position_bytes, _mm512_permutex2var_epi8(left, bundler->order, right));
  }
}

#endif
