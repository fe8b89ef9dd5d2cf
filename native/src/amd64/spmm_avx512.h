// spmm_avx512.h -- lines of x, slices and tiles of y with 512-bit vectors; the product of a vector is the includer's
#ifndef TERN_SPMM_AVX512_H
#define TERN_SPMM_AVX512_H

#include "../spmm.h"

#include <immintrin.h>
#include <string.h>

enum { SPMM_LANES = 16, SPMM_VECTORS = 4 };

// acc plus 16 words of x times one word of weights, broadcast; s32 or f32.
static inline __m512i dot_line(__m512i acc, const uint8_t *line, __m512i weights);

// 16 bytes of four rows, one in each 128-bit lane; loads into lanes take no shuffle.
static inline __m512i load_lanes(const uint8_t *const rows[16], int first, int64_t at) {
  __m512i lanes = _mm512_castsi128_si512(_mm_loadu_si128((const __m128i *)(rows[first] + at)));
  lanes = _mm512_inserti32x4(lanes, _mm_loadu_si128((const __m128i *)(rows[first + 4] + at)), 1);
  lanes = _mm512_inserti32x4(lanes, _mm_loadu_si128((const __m128i *)(rows[first + 8] + at)), 2);
  return _mm512_inserti32x4(lanes, _mm_loadu_si128((const __m128i *)(rows[first + 12] + at)), 3);
}

// to[i][row] = word i of the 16 bytes at `at` of 16 rows: transposes 4 x 4 words in each lane.
static inline void transpose_words(uint8_t *to, int64_t stride, const uint8_t *const rows[16], int64_t at,
                                   __m512i flip) {
  const __m512i a = load_lanes(rows, 0, at), b = load_lanes(rows, 1, at);
  const __m512i c = load_lanes(rows, 2, at), d = load_lanes(rows, 3, at);
  const __m512i ab_low = _mm512_unpacklo_epi32(a, b), ab_high = _mm512_unpackhi_epi32(a, b);
  const __m512i cd_low = _mm512_unpacklo_epi32(c, d), cd_high = _mm512_unpackhi_epi32(c, d);
  _mm512_storeu_si512(to, _mm512_xor_si512(_mm512_unpacklo_epi64(ab_low, cd_low), flip));
  _mm512_storeu_si512(to + stride, _mm512_xor_si512(_mm512_unpackhi_epi64(ab_low, cd_low), flip));
  _mm512_storeu_si512(to + 2 * stride, _mm512_xor_si512(_mm512_unpacklo_epi64(ab_high, cd_high), flip));
  _mm512_storeu_si512(to + 3 * stride, _mm512_xor_si512(_mm512_unpackhi_epi64(ab_high, cd_high), flip));
}

// The last bytes of the rows, which do not fill 16, by way of a copy that does.
static inline void transpose_rest(uint8_t *to, int64_t stride, const uint8_t *const rows[16], int64_t at, int64_t bytes,
                                  __m512i flip) {
  uint8_t copy[16][16], lines[4][64] __attribute__((aligned(64)));
  const uint8_t *copies[16];
  memset(copy, 0, sizeof copy);
  for (int row = 0; row < 16; row++) {
    memcpy(copy[row], rows[row] + at, (size_t)bytes);
    copies[row] = copy[row];
  }
  transpose_words(lines[0], 64, copies, 0, flip);
  for (int64_t i = 0; i < (bytes + 3) / 4; i++) {
    memcpy(to + i * stride, lines[i], 64);
  }
}

static void spmm_prepare_avx512(const struct spmm_rows *rows) {
  const int64_t stride = rows->vectors * 64, whole = rows->bytes / 16 * 16;
  const __m512i flip = _mm512_set1_epi8((char)rows->flip);
  for (int64_t vector = 0; vector < rows->vectors; vector++) {
    const uint8_t *x[16];
    for (int64_t i = 0; i < 16; i++) { // rows that are missing repeat the last one
      x[i] = rows->x + min64(vector * 16 + i, rows->rows - 1) * rows->stride;
    }
    uint8_t *to = rows->lines + vector * 64;
    for (int64_t at = 0; at < whole; at += 16, to += 4 * stride) {
      transpose_words(to, stride, x, at, flip);
    }
    if (whole < rows->bytes) {
      transpose_rest(to, stride, x, whole, rows->bytes - whole, flip);
    }
  }
}

// Inlined with a constant number of vectors, the array is registers.
static inline __attribute__((always_inline)) const uint8_t *multiply_slice(const struct spmm_part *part,
                                                                           const uint8_t *at, const int vectors) {
  const struct spmm_slice *slice = (const struct spmm_slice *)at;
  const struct spmm_step *step = (const struct spmm_step *)(slice + 1), *const end = step + slice->steps;
  const uint8_t *const lines = part->lines;
  __m512i acc[SPMM_SLICE][SPMM_VECTORS];
#pragma GCC unroll 4
  for (int slot = 0; slot < SPMM_SLICE; slot++) {
    const int64_t row = slice->rows[slot];
#pragma GCC unroll 4
    for (int v = 0; v < vectors; v++) {
      acc[slot][v] = part->seeds ? _mm512_set1_epi32(part->seeds[row])
                                 : _mm512_load_si512(part->acc + (row * vectors + v) * SPMM_LANES);
    }
  }
  for (; step < end; step++) {
#pragma GCC unroll 4
    for (int slot = 0; slot < SPMM_SLICE; slot++) {
      const uint8_t *line = lines + (uint64_t)step->lines[slot] * (uint64_t)(vectors * 64);
      const __m512i weights = _mm512_set1_epi32(step->words[slot]);
#pragma GCC unroll 4
      for (int v = 0; v < vectors; v++) {
        acc[slot][v] = dot_line(acc[slot][v], line + v * 64, weights);
      }
    }
  }
#pragma GCC unroll 4
  for (int slot = 0; slot < SPMM_SLICE; slot++) {
#pragma GCC unroll 4
    for (int v = 0; v < vectors; v++) {
      _mm512_store_si512(part->acc + (slice->rows[slot] * vectors + v) * SPMM_LANES, acc[slot][v]);
    }
  }
  return (const uint8_t *)end;
}

static inline __attribute__((always_inline)) void multiply_slices(const struct spmm_part *part, const int vectors) {
  for (const uint8_t *at = part->slices; at < part->end;) {
    at = multiply_slice(part, at, vectors);
  }
}

static void spmm_multiply_avx512(const struct spmm_part *part) {
  if (part->vectors == 4) {
    multiply_slices(part, 4);
  } else if (part->vectors == 3) {
    multiply_slices(part, 3);
  } else if (part->vectors == 2) {
    multiply_slices(part, 2);
  } else {
    multiply_slices(part, 1);
  }
}

// tile[row of x][col] = acc[col][row of x], all 64 columns of the panel.
static void spmm_transpose_sums(const struct spmm_result *result) {
  const int64_t bytes = result->stride * (int64_t)sizeof(int32_t), stride = SPMM_PANEL * (int64_t)sizeof(int32_t);
  for (int64_t col = 0; col < result->cols; col += 16) {
    const uint8_t *columns[16];
    for (int64_t i = 0; i < 16; i++) {
      columns[i] = (const uint8_t *)result->acc + (col + i) * bytes;
    }
    uint8_t *to = (uint8_t *)(result->tile + col);
    for (int64_t at = 0; at < bytes; at += 16, to += 4 * stride) {
      transpose_words(to, stride, columns, at, _mm512_setzero_si512());
    }
  }
}

#endif
