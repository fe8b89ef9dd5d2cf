// gemm_u8s8s32_4x16_avx2.c -- int8 GEMM without a dot-product instruction, exact for every input
//   acc[m][n] = seed[n] + sum_k a[m][k]*b[k][n];  y by epilogue_avx2.h
//   layout:    s8_n16k4; a panel is a tile, its two halves of eight columns are a register each
//   registers: ymm 0-7 acc, 4 rows x 2 halves; the even and the odd k of B, widened: 4; of A, broadcast: 2; 2 spare
//   overflow:  vpmaddubsw adds two products in 16 bits and saturates. Where packing has proven for a panel that no pair
//              of its weights reaches beyond 255 * 128 (pack.c, WIDE_PAIRS), it is used: 3 instructions for 32
//              products. Elsewhere bytes are widened to 16 bits and vpmaddwd adds in 32: 4 instructions, and 6 for each
//              quad of B. Sums wrap modulo 2^32, and so does the specification
//   reads:     exactly K elements of each row of A; panels are padded
//   target:    AVX2 cores without VNNI (Haswell to Coffee Lake, Zen 1 to 3)
//   truth: scalar/gemm_u8s8s32_1x1_scalar.c    test: gemm_s32_test    bench: bench/lab/gemm_lab.c
#include "../add_group.h"
#include "amd64.h"
#include "epilogue_avx2.h"

enum { MAX_ROWS = 4, HALVES = 2 };

static inline __m256i quad(const uint8_t *a) {
  int32_t bits;
  memcpy(&bits, a, sizeof bits);
  return _mm256_set1_epi32(bits);
}

static inline __attribute__((always_inline)) void multiply_pairs(const int8_t *b, const uint8_t *a, int64_t a_stride,
                                                                 const int rows, __m256i acc[MAX_ROWS][HALVES]) {
  const __m256i ones = _mm256_set1_epi16(1);
  const __m256i halves[HALVES] = {_mm256_load_si256((const __m256i *)b), _mm256_load_si256((const __m256i *)b + 1)};
#pragma GCC unroll 4
  for (int r = 0; r < rows; r++) {
    const __m256i a_quad = quad(a + r * a_stride);
#pragma GCC unroll 2
    for (int h = 0; h < HALVES; h++) {
      const __m256i pairs = _mm256_maddubs_epi16(a_quad, halves[h]);
      acc[r][h] = _mm256_add_epi32(acc[r][h], _mm256_madd_epi16(pairs, ones));
    }
  }
}

static const uint64_t EVEN_BYTES[4]
    __attribute__((aligned(32))) = {0xff00ff00ff00ff, 0xff00ff00ff00ff, 0xff00ff00ff00ff, 0xff00ff00ff00ff};

// The mask stays in memory: all sixteen registers are taken, and gcc would rather keep it than an accumulator.
static inline __m256i even_bytes(__m256i bytes) {
  __asm__("vpand %[mask], %[bytes], %[bytes]" : [bytes] "+x"(bytes) : [mask] "m"(EVEN_BYTES));
  return bytes;
}

// k0 and k2 are the even bytes of a quad, k1 and k3 the odd ones.
static inline __attribute__((always_inline)) void multiply_wide(const int8_t *b, const uint8_t *a, int64_t a_stride,
                                                                const int rows, __m256i acc[MAX_ROWS][HALVES]) {
  __m256i even[HALVES], odd[HALVES];
#pragma GCC unroll 2
  for (int h = 0; h < HALVES; h++) {
    const __m256i bytes = _mm256_load_si256((const __m256i *)b + h);
    even[h] = _mm256_srai_epi16(_mm256_slli_epi16(bytes, 8), 8);
    odd[h] = _mm256_srai_epi16(bytes, 8);
  }
#pragma GCC unroll 4
  for (int r = 0; r < rows; r++) {
    const __m256i a_quad = quad(a + r * a_stride);
    const __m256i a_even = even_bytes(a_quad), a_odd = _mm256_srli_epi16(a_quad, 8);
#pragma GCC unroll 2
    for (int h = 0; h < HALVES; h++) {
      acc[r][h] = _mm256_add_epi32(acc[r][h], _mm256_madd_epi16(a_even, even[h]));
      acc[r][h] = _mm256_add_epi32(acc[r][h], _mm256_madd_epi16(a_odd, odd[h]));
    }
  }
}

static inline __attribute__((always_inline)) void multiply(const int8_t *b, const uint8_t *a, int64_t a_stride,
                                                           const int rows, __m256i acc[MAX_ROWS][HALVES],
                                                           const bool wide) {
  if (wide) {
    multiply_wide(b, a, a_stride, rows, acc);
  } else {
    multiply_pairs(b, a, a_stride, rows, acc);
  }
}

static inline __attribute__((always_inline)) void run_tile(const struct s32_tile *tile, const int rows,
                                                           const bool wide) {
  __m256i acc[MAX_ROWS][HALVES];
  const __m256i masks[HALVES] = {mask_avx2(tile->last_cols), mask_avx2(tile->last_cols - 8)};
#pragma GCC unroll 2
  for (int h = 0; h < HALVES; h++) {
    const __m256i seeds = _mm256_maskload_epi32(tile->seeds + h * 8, masks[h]);
#pragma GCC unroll 4
    for (int r = 0; r < rows; r++) {
      acc[r][h] = seeds;
    }
  }
  int64_t k = 0;
  for (; k + 4 <= tile->k; k += 4) {
    multiply(tile->b + k * PANEL, tile->a + k, tile->a_stride, rows, acc, wide);
  }
  if (k < tile->k) {
    multiply(tile->b + k * PANEL, tile->a_tails, 4, rows, acc, wide);
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

static bool has_wide_pairs(const struct s32_tile *tile) {
  int32_t flags;
  memcpy(&flags, tile->trailer + PANEL * sizeof(int32_t), sizeof flags);
  return flags & WIDE_PAIRS;
}

// clang-format off
#define BODY(rows)                                                                                                     \
  static void tile_pairs_##rows(const struct s32_tile *tile) { run_tile(tile, rows, false); }                           \
  static void tile_wide_##rows(const struct s32_tile *tile) { run_tile(tile, rows, true); }                             \
  static void tile_##rows(const struct s32_tile *tile) {                                                                \
    if (has_wide_pairs(tile)) { tile_wide_##rows(tile); } else { tile_pairs_##rows(tile); }                            \
  }
BODY(1) BODY(2) BODY(3) BODY(4)
static const struct s32_kernel KERNEL =
    {&layout_s8_n16k4, NATIVE_U8, 1, {4}, {{tile_1, tile_2, tile_3, tile_4}}, epilogue_run, add_group, NULL};
// clang-format on

int64_t gemm_u8s8s32_4x16_avx2_workspace(const struct tern_gemm *gemm, int64_t m) {
  return s32_workspace(&KERNEL, gemm, m);
}

void gemm_u8s8s32_4x16_avx2(const struct gemm_call *call, struct rectangle part) {
  s32_run(&KERNEL, call, part);
}
