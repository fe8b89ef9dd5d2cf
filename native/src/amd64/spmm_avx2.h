// spmm_avx2.h -- slices with 256-bit vectors; the product of a vector is the includer's
#ifndef TERN_SPMM_AVX2_H
#define TERN_SPMM_AVX2_H

#include "../spmm.h"

#include <immintrin.h>
#include <string.h>

enum { SPMM_LANES = 8, SPMM_VECTORS = 2 };

// A stored word, as the products of all vectors of a line take it.
struct spmm_word {
  __m256i parts[2];
};

static inline struct spmm_word broadcast_word(const int32_t *word);

// acc plus vector `v`, of `vectors`, of a line times a word; s32 or f32.
static inline __m256i dot_line(__m256i acc, const uint8_t *line, int v, int vectors, struct spmm_word word);

// Inlined with a constant number of vectors, the array is registers.
static inline __attribute__((always_inline)) const uint8_t *
multiply_slice(const struct spmm_part *part, const uint8_t *at, const int vectors, const int line_bytes) {
  const struct spmm_slice *slice = (const struct spmm_slice *)at;
  const struct spmm_step *step = (const struct spmm_step *)(slice + 1), *const end = step + slice->steps;
  __m256i acc[SPMM_SLICE][SPMM_VECTORS];
#pragma GCC unroll 4
  for (int slot = 0; slot < SPMM_SLICE; slot++) {
    const int64_t row = slice->rows[slot];
#pragma GCC unroll 2
    for (int v = 0; v < vectors; v++) {
      acc[slot][v] = part->seeds ? _mm256_set1_epi32(part->seeds[row])
                                 : _mm256_load_si256((const __m256i *)(part->acc + (row * vectors + v) * SPMM_LANES));
    }
  }
  for (; step < end; step++) {
#pragma GCC unroll 4
    for (int slot = 0; slot < SPMM_SLICE; slot++) {
      const uint8_t *line = part->lines + (uint64_t)step->lines[slot] * (uint64_t)(vectors * SPMM_LANES * line_bytes);
      const struct spmm_word word = broadcast_word(&step->words[slot]);
#pragma GCC unroll 2
      for (int v = 0; v < vectors; v++) {
        acc[slot][v] = dot_line(acc[slot][v], line, v, vectors, word);
      }
    }
  }
#pragma GCC unroll 4
  for (int slot = 0; slot < SPMM_SLICE; slot++) {
#pragma GCC unroll 2
    for (int v = 0; v < vectors; v++) {
      _mm256_store_si256((__m256i *)(part->acc + (slice->rows[slot] * vectors + v) * SPMM_LANES), acc[slot][v]);
    }
  }
  return (const uint8_t *)end;
}

static inline __attribute__((always_inline)) void multiply_slices(const struct spmm_part *part, const int vectors,
                                                                  const int line_bytes) {
  for (const uint8_t *at = part->slices; at < part->end;) {
    at = multiply_slice(part, at, vectors, line_bytes);
  }
}

static inline __attribute__((always_inline)) void spmm_multiply_avx2(const struct spmm_part *part,
                                                                     const int line_bytes) {
  if (part->vectors == 2) {
    multiply_slices(part, 2, line_bytes);
  } else {
    multiply_slices(part, 1, line_bytes);
  }
}

#endif
