// gemm_narrow_avx512vnni.h -- s4 and s2 weights on vpdpbusd, for gemm_u8s4s32 and gemm_u8s2s32
//   A byte of packed weights holds `terms` of them. Shifted to its top and masked, one is a signed byte 8 / terms bits
//   too high: products then are 2^shift times what they should be, and so are their sums, which one shift at the end
//   brings down. Sums of 2^shift * 255 * 2^(7 - shift) stay below 2^31 up to K = 65,793, beyond which nobody may ask.
#ifndef TERN_GEMM_NARROW_AVX512VNNI_H
#define TERN_GEMM_NARROW_AVX512VNNI_H

#include "dot_avx512vnni.h"
#include "epilogue_avx512.h"
#include "group_row_avx512.h"

enum { MAX_SUMS = 24 }; // rows, or rows by terms

// A word, broadcast. It stays in memory: gcc runs out of registers if it may keep it in one.
static const uint32_t TOP_NIBBLES[1] = {0xf0f0f0f0}, TOP_PAIRS[1] = {0xc0c0c0c0};

static inline __attribute__((always_inline)) __m512i mask_top(__m512i bytes, const int terms) {
  if (terms == 2) {
    __asm__("vpandd %[mask]%{1to16%}, %[bytes], %[bytes]" : [bytes] "+v"(bytes) : [mask] "m"(TOP_NIBBLES));
  } else {
    __asm__("vpandd %[mask]%{1to16%}, %[bytes], %[bytes]" : [bytes] "+v"(bytes) : [mask] "m"(TOP_PAIRS));
  }
  return bytes;
}

// Weights `term` of each byte, at its top.
static inline __attribute__((always_inline)) __m512i top(const int8_t *b, const int term, const int terms) {
  const __m512i bytes = _mm512_load_si512(b);
  const bool up = term + 1 < terms;
  return mask_top(up ? _mm512_slli_epi32(bytes, (unsigned)(8 - 8 / terms * (term + 1))) : bytes, terms);
}

// One group: 4 * terms of k, from rows of A that lie `stride` bytes apart. Inlined with constant sizes, the arrays are
// registers.
static inline __attribute__((always_inline)) void multiply(const uint8_t *a, const int64_t stride, const int8_t *b,
                                                           const int64_t panel_bytes, const int terms, const int sums,
                                                           const int rows, const int panels, __m512i acc[MAX_SUMS][4]) {
#pragma GCC unroll 4
  for (int term = 0; term < terms; term++) {
    __m512i b_quads[4];
#pragma GCC unroll 4
    for (int p = 0; p < panels; p++) {
      b_quads[p] = top(b + p * panel_bytes, term, terms);
    }
#pragma GCC unroll 12
    for (int r = 0; r < rows; r++) {
      const __m512i a_quad = quad(a + r * stride + term * 4);
#pragma GCC unroll 4
      for (int p = 0; p < panels; p++) {
        const int sum = r * sums + term % sums;
        acc[sum][p] = dot_quads(acc[sum][p], a_quad, b_quads[p]);
      }
    }
  }
}

// One row spends an instruction on each operand that it takes from a byte, as long as on its product: the weight stays
// where it lies in the byte, 4, 16 or 64 times as large, with sums of its own. Only the highest has its sign there; of
// the others, vpternlogd flips the highest bit, so that they are too large by half of their range, which times the sum
// of their a is taken off again.
struct row_terms {
  __m512i masks[4], halves[4], offset;
};

static inline __attribute__((always_inline)) struct row_terms row_terms_of(const int terms) {
  const int bits = 8 / terms;
  struct row_terms shared = {.offset = _mm512_set1_epi8((char)(1 << (bits - 1)))};
#pragma GCC unroll 4
  for (int term = 0; term < terms; term++) {
    shared.masks[term] = _mm512_set1_epi8((char)(((1 << bits) - 1) << bits * term));
    shared.halves[term] = _mm512_set1_epi8((char)(term + 1 < terms ? 1 << (bits * (term + 1) - 1) : 0));
  }
  return shared;
}

enum { MASK_THEN_FLIP = 0x6a }; // (bytes & mask) ^ half

static inline __attribute__((always_inline)) void multiply_row(const uint8_t *a, const int8_t *b,
                                                               const int64_t panel_bytes, const int terms,
                                                               const int panels, const struct row_terms *shared,
                                                               __m512i acc[4][4], __m512i *excess) {
  __m512i quads[4];
#pragma GCC unroll 4
  for (int term = 0; term < terms; term++) {
    quads[term] = quad(a + term * 4);
    *excess = term + 1 < terms ? dot_quads(*excess, quads[term], shared->offset) : *excess;
  }
#pragma GCC unroll 4
  for (int p = 0; p < panels; p++) {
    const __m512i bytes = _mm512_load_si512(b + p * panel_bytes);
#pragma GCC unroll 4
    for (int term = 0; term < terms; term++) {
      const __m512i weights =
          _mm512_ternarylogic_epi32(bytes, shared->masks[term], shared->halves[term], MASK_THEN_FLIP);
      acc[term][p] = dot_quads(acc[term][p], quads[term], weights);
    }
  }
}

static inline __attribute__((always_inline)) void clear_row(const int terms, const int panels, __m512i acc[4][4]) {
#pragma GCC unroll 4
  for (int term = 0; term < terms; term++) {
#pragma GCC unroll 4
    for (int p = 0; p < panels; p++) {
      acc[term][p] = _mm512_setzero_si512();
    }
  }
}

// The sum of a panel, of what its places hold, each brought down to ones.
static inline __attribute__((always_inline)) __m512i sum_of_row(const int terms, const int p, __m512i acc[4][4],
                                                                __m512i excess) {
  __m512i sum = _mm512_sub_epi32(acc[0][p], excess);
#pragma GCC unroll 4
  for (int term = 1; term < terms; term++) {
    sum = _mm512_add_epi32(sum, _mm512_srai_epi32(acc[term][p], (unsigned)(8 / terms * term)));
  }
  return sum;
}

static inline __attribute__((always_inline)) void run_row(const struct s32_tile *tile, const int terms,
                                                          const int panels) {
  const struct row_terms shared = row_terms_of(terms);
  __m512i acc[4][4], excess = _mm512_setzero_si512();
  clear_row(terms, panels, acc);
  const int group = 4 * terms;
  const uint8_t *a = tile->a;
  const int8_t *b = tile->b;
  int64_t k = tile->k;
  for (; k >= group; k -= group, a += group, b += 64) {
    multiply_row(a, b, tile->panel_bytes, terms, panels, &shared, acc, &excess);
  }
  if (k > 0) {
    multiply_row(tile->a_tails, b, tile->panel_bytes, terms, panels, &shared, acc, &excess);
  }
#pragma GCC unroll 4
  for (int p = 0; p < panels; p++) {
    const __mmask16 mask = p + 1 < panels ? (__mmask16)0xffff : column_mask(tile->last_cols);
    const __m512i seed = _mm512_maskz_loadu_epi32(mask, tile->seeds + p * 16);
    _mm512_mask_storeu_epi32(tile->acc + p * 16, mask, _mm512_add_epi32(seed, sum_of_row(terms, p, acc, excess)));
  }
}

static inline __attribute__((always_inline)) void run_group_row(const struct group_row *row, const int terms,
                                                                const int panels) {
  const struct tern_gemm *gemm = row->call->gemm;
  const struct row_terms shared = row_terms_of(terms);
  const int step = 4 * terms;
  const uint8_t *a = row->a;
  const int8_t *b = row->b;
  struct group_sums sums = group_row_zeros(panels);
  for (int64_t group = 0; group < groups_of(gemm); group++) {
    __m512i acc[4][4], excess = _mm512_setzero_si512();
    clear_row(terms, panels, acc);
    int64_t k = min64(gemm->group, gemm->k - group * gemm->group);
    for (; k >= step; k -= step, a += step, b += 64) {
      multiply_row(a, b, row->panel_bytes, terms, panels, &shared, acc, &excess);
    }
    if (k > 0) {
      multiply_row(row->a_tail, b, row->panel_bytes, terms, panels, &shared, acc, &excess);
    }
    struct group_accumulators accumulators;
#pragma GCC unroll 4
    for (int p = 0; p < panels; p++) {
      accumulators.of[p] = sum_of_row(terms, p, acc, excess);
    }
    group_row_add(row, group, panels, &accumulators, &sums);
  }
  group_row_store(row, panels, &sums);
}

static inline __attribute__((always_inline)) void group_row_of(const struct group_row *row, const int terms) {
  switch (row->panels) {
  case 1:
    run_group_row(row, terms, 1);
    break;
  case 2:
    run_group_row(row, terms, 2);
    break;
  case 3:
    run_group_row(row, terms, 3);
    break;
  default:
    run_group_row(row, terms, 4);
  }
}

static inline __attribute__((always_inline)) void run_tile(const struct s32_tile *tile, const int terms, const int rows,
                                                           const int panels) {
  if (rows == 1) {
    run_row(tile, terms, panels);
    return;
  }
  const int sums = rows * panels * terms <= MAX_SUMS ? terms : 1; // few sums would wait for each other
  __m512i acc[MAX_SUMS][4];
#pragma GCC unroll 24
  for (int r = 0; r < rows * sums; r++) {
#pragma GCC unroll 4
    for (int p = 0; p < panels; p++) {
      acc[r][p] = _mm512_setzero_si512();
    }
  }
  const int group = 4 * terms;
  const uint8_t *a = tile->a;
  const int8_t *b = tile->b;
  const int64_t a_stride = tile->a_stride, panel_bytes = tile->panel_bytes;
  int64_t k = tile->k;
  for (; k >= group; k -= group, a += group, b += 64) {
    multiply(a, a_stride, b, panel_bytes, terms, sums, rows, panels, acc);
  }
  if (k > 0) {
    multiply(tile->a_tails, group, b, panel_bytes, terms, sums, rows, panels, acc);
  }
#pragma GCC unroll 4
  for (int p = 0; p < panels; p++) {
    const __mmask16 mask = p + 1 < panels ? (__mmask16)0xffff : column_mask(tile->last_cols);
    const __m512i seed = _mm512_maskz_loadu_epi32(mask, tile->seeds + p * 16);
#pragma GCC unroll 12
    for (int r = 0; r < rows; r++) {
      __m512i large = acc[r * sums][p];
#pragma GCC unroll 4
      for (int i = 1; i < sums; i++) {
        large = _mm512_add_epi32(large, acc[r * sums + i][p]);
      }
      const __m512i sum = _mm512_add_epi32(seed, _mm512_srai_epi32(large, (unsigned)(8 - 8 / terms)));
      _mm512_mask_storeu_epi32(tile->acc + r * tile->acc_stride + p * 16, mask, sum);
    }
  }
}

#endif
