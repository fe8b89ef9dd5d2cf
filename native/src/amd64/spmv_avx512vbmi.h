// spmv_avx512vbmi.h -- tables of x, and regions with eight registers of tables; the product of a step is the includer's
#ifndef TERN_SPMV_AVX512VBMI_H
#define TERN_SPMV_AVX512VBMI_H

#include "../spmv.h"

#include <immintrin.h>

enum { SPMV_TABLES = 4, SPMV_HALVES = 2 };

struct spmv_tables {
  __m512i halves[SPMV_TABLES][SPMV_HALVES];
};

// Sums of a slice as they come out of a step: s32, or four f32 that are added at the end.
struct spmv_sums {
  __m512i parts[4];
};

static inline __m512i slice_sum(struct spmv_sums sums);
static inline struct spmv_sums dot_step(struct spmv_sums sums, const struct spmv_step *step,
                                        const struct spmv_tables *tables);

// Bytes 0 of 16 words, then bytes 1, 2 and 3.
static inline __m512i split_words(__m512i words) {
  const __m512i in_lanes = _mm512_shuffle_epi8(
      words, _mm512_broadcast_i32x4(_mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15)));
  return _mm512_permutexvar_epi32(_mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15), in_lanes);
}

static void spmv_prepare_avx512(const struct spmv_row *row) {
  const __m512i flip = _mm512_set1_epi8((char)row->flip);
  for (int64_t at = 0; at < SPMV_TABLES_BYTES; at += 64) {
    const int64_t left = row->bytes - at;
    const __mmask64 mask = left >= 64 ? ~0ull : left > 0 ? (1ull << left) - 1 : 0;
    const __m512i x = _mm512_maskz_loadu_epi8(mask, row->x + (left > 0 ? at : 0));
    const __m512i split = split_words(_mm512_maskz_mov_epi8(mask, _mm512_xor_si512(x, flip)));
    uint8_t *to = row->tables + at / 4;
    _mm_store_si128((__m128i *)to, _mm512_castsi512_si128(split));
    _mm_store_si128((__m128i *)(to + SPMV_TABLE), _mm512_extracti32x4_epi32(split, 1));
    _mm_store_si128((__m128i *)(to + 2 * SPMV_TABLE), _mm512_extracti32x4_epi32(split, 2));
    _mm_store_si128((__m128i *)(to + 3 * SPMV_TABLE), _mm512_extracti32x4_epi32(split, 3));
  }
}

// A byte of the words of 64 lines. vpermb is one instruction of its port where vpermi2b, with twice the table, is two
// and another one.
static inline __m512i look_up(const __m512i table[SPMV_HALVES], __m512i lines, __mmask64 upper) {
  return _mm512_mask_permutexvar_epi8(_mm512_permutexvar_epi8(lines, table[0]), upper, lines, table[1]);
}

static inline __attribute__((always_inline)) struct spmv_tables load_tables(const uint8_t *from) {
  struct spmv_tables tables;
#pragma GCC unroll 4
  for (int t = 0; t < SPMV_TABLES; t++) {
#pragma GCC unroll 2
    for (int i = 0; i < SPMV_HALVES; i++) {
      tables.halves[t][i] = _mm512_load_si512(from + t * SPMV_TABLE + i * SPMV_HALF);
    }
  }
  return tables;
}

// Each row's own, out of the 64 of a panel's slices.
static inline __m512i in_slots(const __m512i slices[SPMV_SLICES], const uint8_t *slots) {
  const __m512i at = _mm512_cvtepu8_epi32(_mm_load_si128((const __m128i *)slots));
  const __mmask16 upper = _mm512_test_epi32_mask(at, _mm512_set1_epi32(32));
  return _mm512_mask_blend_epi32(upper, _mm512_permutex2var_epi32(slices[0], at, slices[1]),
                                 _mm512_permutex2var_epi32(slices[2], at, slices[3]));
}

static inline __attribute__((always_inline)) void spmv_sum_slices(const struct spmv_region *region, const uint8_t *from,
                                                                  __m512i slices[SPMV_SLICES]) {
  const struct spmv_tables tables = load_tables(from);
  const struct spmv_step *step = (const struct spmv_step *)(region + 1);
#pragma GCC unroll 1
  for (int slice = 0; slice < SPMV_SLICES; slice++) {
    struct spmv_sums sums;
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
      sums.parts[i] = _mm512_setzero_si512();
    }
    for (const struct spmv_step *end = step + region->steps[slice]; step < end; step++) {
      sums = dot_step(sums, step, &tables);
    }
    slices[slice] = slice_sum(sums);
  }
}

#endif
