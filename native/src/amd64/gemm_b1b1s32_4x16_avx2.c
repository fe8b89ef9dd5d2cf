// gemm_b1b1s32_4x16_avx2.c -- GEMM of signs without a popcount of vectors
//   acc[m][n] = seed[n] - 2 * sum_k (a[m][k] ^ b[k][n]);  y by epilogue_avx2.h
//   layout:    b1_n16k32; a panel is a tile, its two halves of eight columns are a register each
//   registers: ymm 0-7 counts, 4 rows x 2 halves, in bytes; of B: 2; a nibble mask and the table of counts: 2; 4 for a
//              product. For 8 columns x 32 k: vpxor, two table lookups of nibbles (vpshufb), vpsrld, 2 vpand, 2 vpaddb.
//              A byte holds the counts of 31 steps, which then become s32 by vpmaddubsw and vpmaddwd.
//   overflow:  31 steps count at most 248 in a byte; k fits 31 bits
//   reads:     the ceil(K/8) bytes of each row of A; panels are padded with zero bits, and so are the tails of A
//   target:    AVX2 (Haswell and later, Zen 1 to 3)
//   truth: scalar/gemm_b1b1s32_1x1_scalar.c    test: gemm_s32_test    bench: bench/lab/gemm_lab.c
#include "amd64.h"
#include "epilogue_avx2.h"

enum {
  MAX_ROWS = 4,
  HALVES = 2,
  WORD_SIGNS = 32, // of one column, in a step
  WORD_BYTES = 4,
  BYTE_STEPS = 31 // whose counts a byte holds
};

static inline __m256i word(const uint8_t *a) {
  int32_t bits;
  memcpy(&bits, a, sizeof bits);
  return _mm256_set1_epi32(bits);
}

// Bits that are set in each byte (Mula, Kurz, Lemire: Faster Population Counts Using AVX2 Instructions, 2018).
static inline __m256i count_bytes(__m256i bits) {
  const __m256i nibbles = _mm256_set1_epi8(0x0f);
  const __m256i table =
      _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
  const __m256i low = _mm256_shuffle_epi8(table, _mm256_and_si256(bits, nibbles));
  const __m256i high = _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi32(bits, 4), nibbles));
  return _mm256_add_epi8(low, high);
}

// One step of 32 k, from words of A that lie `stride` bytes apart. Inlined with a constant number of rows, the array is
// registers.
static inline __attribute__((always_inline)) void count(const uint8_t *a, int64_t stride, const int8_t *b,
                                                        const int rows, __m256i counts[MAX_ROWS][HALVES]) {
  const __m256i halves[HALVES] = {_mm256_load_si256((const __m256i *)b), _mm256_load_si256((const __m256i *)b + 1)};
#pragma GCC unroll 4
  for (int r = 0; r < rows; r++) {
    const __m256i a_word = word(a + r * stride);
#pragma GCC unroll 2
    for (int h = 0; h < HALVES; h++) {
      counts[r][h] = _mm256_add_epi8(counts[r][h], count_bytes(_mm256_xor_si256(a_word, halves[h])));
    }
  }
}

// acc -= twice the counts, which begin at zero again.
static inline __attribute__((always_inline)) void subtract(__m256i counts[MAX_ROWS][HALVES], const int rows,
                                                           __m256i acc[MAX_ROWS][HALVES]) {
  const __m256i ones = _mm256_set1_epi8(1), twos = _mm256_set1_epi16(2);
#pragma GCC unroll 4
  for (int r = 0; r < rows; r++) {
#pragma GCC unroll 2
    for (int h = 0; h < HALVES; h++) {
      const __m256i pairs = _mm256_maddubs_epi16(counts[r][h], ones);
      acc[r][h] = _mm256_sub_epi32(acc[r][h], _mm256_madd_epi16(pairs, twos));
      counts[r][h] = _mm256_setzero_si256();
    }
  }
}

static inline __attribute__((always_inline)) void run_tile(const struct s32_tile *tile, const int rows) {
  __m256i acc[MAX_ROWS][HALVES], counts[MAX_ROWS][HALVES];
  const __m256i masks[HALVES] = {mask_avx2(tile->last_cols), mask_avx2(tile->last_cols - 8)};
#pragma GCC unroll 2
  for (int h = 0; h < HALVES; h++) {
    const __m256i seeds = _mm256_maskload_epi32(tile->seeds + h * 8, masks[h]);
#pragma GCC unroll 4
    for (int r = 0; r < rows; r++) {
      acc[r][h] = seeds;
      counts[r][h] = _mm256_setzero_si256();
    }
  }
  const uint8_t *a = tile->a;
  const int8_t *b = tile->b;
  for (int64_t left = tile->k / WORD_SIGNS; left > 0;) {
    const int64_t steps = min64(left, BYTE_STEPS);
    for (int64_t i = 0; i < steps; i++, a += WORD_BYTES, b += HALVES * 32) {
      count(a, tile->a_stride, b, rows, counts);
    }
    subtract(counts, rows, acc);
    left -= steps;
  }
  if (tile->k % WORD_SIGNS > 0) {
    count(tile->a_tails, WORD_BYTES, b, rows, counts);
    subtract(counts, rows, acc);
  }
  const bool whole = tile->last_cols == PANEL;
#pragma GCC unroll 4
  for (int r = 0; r < rows; r++) {
#pragma GCC unroll 2
    for (int h = 0; h < HALVES; h++) {
      store_s32_avx2(tile->acc + r * tile->acc_stride + h * 8, masks[h], whole, acc[r][h]);
    }
  }
}

// clang-format off
#define BODY(rows) static void tile_##rows(const struct s32_tile *tile) { run_tile(tile, rows); }
BODY(1) BODY(2) BODY(3) BODY(4)
static const struct s32_kernel KERNEL =
    {&layout_b1_n16k32, NATIVE_B1, 1, {4}, {{tile_1, tile_2, tile_3, tile_4}}, epilogue_run, NULL, NULL};
// clang-format on

int64_t gemm_b1b1s32_4x16_avx2_workspace(const struct tern_gemm *gemm, int64_t m) {
  return s32_workspace(&KERNEL, gemm, m);
}

void gemm_b1b1s32_4x16_avx2(const struct gemm_call *call, struct rectangle part) {
  s32_run(&KERNEL, call, part);
}
