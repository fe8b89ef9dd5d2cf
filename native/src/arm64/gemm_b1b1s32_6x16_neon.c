// gemm_b1b1s32_6x16_neon.c -- GEMM of signs on cnt
//   acc[m][n] = seed[n] - 2 * sum_k (a[m][k] ^ b[k][n]);  y by epilogue_neon.h
//   layout:    b1_n16k32; a panel is a tile, a register is 32 k of four columns
//   registers: v 0-23 counts, 6 rows x 4 quarters of a panel, in bytes; 1 of B; 1 word of A, broadcast; 1 product.
//              eor, cnt and add for 4 columns x 32 k. A byte holds the counts of 31 steps, which then become s32 by
//              uaddlp, twice.
//   overflow:  31 steps count at most 248 in a byte; k fits 31 bits
//   reads:     the ceil(K/8) bytes of each row of A; panels are padded with zero bits, and so are the tails of A
//   target:    any arm64
//   truth: scalar/gemm_b1b1s32_1x1_scalar.c    test: gemm_s32_test    bench: bench/lab/gemm_lab.c
#include "arm64.h"
#include "epilogue_neon.h"

enum {
  MAX_ROWS = 6,
  QUARTERS = 4,
  WORD_SIGNS = 32, // of one column, in a step
  WORD_BYTES = 4,
  BYTE_STEPS = 31 // whose counts a byte holds
};

static inline uint8x16_t word(const uint8_t *a) {
  uint32_t bits;
  memcpy(&bits, a, sizeof bits);
  return vreinterpretq_u8_u32(vdupq_n_u32(bits));
}

// One step of 32 k, from words of A that lie `stride` bytes apart. Inlined with a constant number of rows, the array is
// registers.
static inline __attribute__((always_inline)) void count(const uint8_t *a, int64_t stride, const uint8_t *b,
                                                        const int rows, uint8x16_t counts[MAX_ROWS][QUARTERS]) {
  uint8x16_t b_words[QUARTERS];
#pragma GCC unroll 4
  for (int q = 0; q < QUARTERS; q++) {
    b_words[q] = vld1q_u8(b + q * 16);
  }
#pragma GCC unroll 6
  for (int r = 0; r < rows; r++) {
    const uint8x16_t a_word = word(a + r * stride);
#pragma GCC unroll 4
    for (int q = 0; q < QUARTERS; q++) {
      counts[r][q] = vaddq_u8(counts[r][q], vcntq_u8(veorq_u8(a_word, b_words[q])));
    }
  }
}

static inline __attribute__((always_inline)) void run_tile(const struct s32_tile *tile, const int rows) {
  int32_t *acc = tile->acc;
#pragma GCC unroll 6
  for (int r = 0; r < rows; r++) {
#pragma GCC unroll 4
    for (int q = 0; q < QUARTERS; q++) {
      const int64_t cols = tile->last_cols - q * 4;
      store_s32_columns(acc + r * tile->acc_stride + q * 4, cols, load_s32_columns(tile->seeds + q * 4, cols));
    }
  }
  const uint8_t *a = tile->a, *b = (const uint8_t *)tile->b;
  int64_t whole = tile->k / WORD_SIGNS;
  bool has_tail = tile->k % WORD_SIGNS > 0;
  while (whole > 0 || has_tail) {
    uint8x16_t counts[MAX_ROWS][QUARTERS];
#pragma GCC unroll 6
    for (int r = 0; r < rows; r++) {
#pragma GCC unroll 4
      for (int q = 0; q < QUARTERS; q++) {
        counts[r][q] = vdupq_n_u8(0);
      }
    }
    const int64_t steps = min64(whole, BYTE_STEPS);
    for (int64_t i = 0; i < steps; i++, a += WORD_BYTES, b += QUARTERS * 16) {
      count(a, tile->a_stride, b, rows, counts);
    }
    whole -= steps;
    if (steps == 0) {
      count(tile->a_tails, WORD_BYTES, b, rows, counts);
      has_tail = false;
    }
#pragma GCC unroll 6
    for (int r = 0; r < rows; r++) {
#pragma GCC unroll 4
      for (int q = 0; q < QUARTERS; q++) {
        const int64_t cols = tile->last_cols - q * 4;
        int32_t *at = acc + r * tile->acc_stride + q * 4;
        const int32x4_t sums = vreinterpretq_s32_u32(vpaddlq_u16(vpaddlq_u8(counts[r][q])));
        store_s32_columns(at, cols, vsubq_s32(load_s32_columns(at, cols), vshlq_n_s32(sums, 1)));
      }
    }
  }
}

// clang-format off
#define BODY(rows) static void tile_##rows(const struct s32_tile *tile) { run_tile(tile, rows); }
BODY(1) BODY(2) BODY(3) BODY(4) BODY(5) BODY(6)
static const struct s32_kernel KERNEL =
    {&layout_b1_n16k32, NATIVE_B1, 1, {6}, {{tile_1, tile_2, tile_3, tile_4, tile_5, tile_6}}, epilogue_run, NULL, NULL};
// clang-format on

int64_t gemm_b1b1s32_6x16_neon_workspace(const struct tern_gemm *gemm, int64_t m) {
  return s32_workspace(&KERNEL, gemm, m);
}

void gemm_b1b1s32_6x16_neon(const struct gemm_call *call, struct rectangle part) {
  s32_run(&KERNEL, call, part);
}
