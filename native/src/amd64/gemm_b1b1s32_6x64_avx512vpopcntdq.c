// gemm_b1b1s32_6x64_avx512vpopcntdq.c -- GEMM of signs on vpopcntd
//   acc[m][n] = seed[n] - 2 * sum_k (a[m][k] ^ b[k][n]);  y by epilogue_avx512.h
//   layout:    b1_n16k32: 64 bytes are 32 k of 16 columns, so that one load feeds 16 sums; four panels make a tile
//   registers: zmm 0-23 counts, 6 rows x 4 panels; 4 of B; 1 product. A is the broadcast operand of vpxord. 72
//              instructions on two vector ports for 6 x 64 x 32 signs: 36 cycles, beside 28 loads.
//   overflow:  none: k fits 31 bits, and counts stay below it; seeds wrap, and so does the specification
//   reads:     the ceil(K/8) bytes of each row of A; panels are padded with zero bits, and so are the tails of A
//   target:    AVX512_VPOPCNTDQ (Ice Lake, Zen 4 and later)
//   truth: scalar/gemm_b1b1s32_1x1_scalar.c    test: gemm_s32_test    bench: bench/lab/gemm_lab.c
#include "amd64.h"
#include "epilogue_avx512.h"

enum {
  MAX_ROWS = 12, // of the narrow bodies
  WORD_SIGNS = 32,
  WORD_BYTES = 4, // of one column, in a step
  UNROLL = 2
};

static inline __m512i word(const uint8_t *a) {
  int32_t bits;
  memcpy(&bits, a, sizeof bits);
  return _mm512_set1_epi32(bits);
}

// Steps of 32 k, from words of A that lie `stride` bytes apart. Inlined with constant sizes, the arrays are registers.
static inline __attribute__((always_inline)) void count(const uint8_t *a, const int64_t stride, const int8_t *b,
                                                        const int64_t panel_bytes, const int steps, const int rows,
                                                        const int panels, __m512i counts[MAX_ROWS][4]) {
#pragma GCC unroll 4
  for (int i = 0; i < steps; i++) {
    __m512i b_words[4];
#pragma GCC unroll 4
    for (int p = 0; p < panels; p++) {
      b_words[p] = _mm512_load_si512(b + p * panel_bytes + i * 64);
    }
#pragma GCC unroll 12
    for (int r = 0; r < rows; r++) {
      const __m512i a_word = word(a + r * stride + i * WORD_BYTES);
#pragma GCC unroll 4
      for (int p = 0; p < panels; p++) {
        const __m512i differences = _mm512_popcnt_epi32(_mm512_xor_si512(a_word, b_words[p]));
        counts[r][p] = _mm512_add_epi32(counts[r][p], differences);
      }
    }
  }
}

static inline __attribute__((always_inline)) void store(const struct s32_tile *tile, const int rows, const int panels,
                                                        __m512i counts[MAX_ROWS][4]) {
#pragma GCC unroll 4
  for (int p = 0; p < panels; p++) {
    const __mmask16 mask = p + 1 < panels ? (__mmask16)0xffff : column_mask(tile->last_cols);
    const __m512i seed = _mm512_maskz_loadu_epi32(mask, tile->seeds + p * 16);
#pragma GCC unroll 12
    for (int r = 0; r < rows; r++) {
      const __m512i acc = _mm512_sub_epi32(seed, _mm512_add_epi32(counts[r][p], counts[r][p]));
      _mm512_mask_storeu_epi32(tile->acc + r * tile->acc_stride + p * 16, mask, acc);
    }
  }
}

static inline __attribute__((always_inline)) void run_tile(const struct s32_tile *tile, const int rows,
                                                           const int panels) {
  __m512i counts[MAX_ROWS][4];
#pragma GCC unroll 12
  for (int r = 0; r < rows; r++) {
#pragma GCC unroll 4
    for (int p = 0; p < panels; p++) {
      counts[r][p] = _mm512_setzero_si512();
      __builtin_prefetch(tile->acc + r * tile->acc_stride + p * 16, 1); // y may be far: 2048^3 gains a quarter
    }
  }
  const uint8_t *a = tile->a;
  const int8_t *b = tile->b;
  const int64_t a_stride = tile->a_stride, panel_bytes = tile->panel_bytes;
  int64_t k = tile->k;
  for (; k >= UNROLL * WORD_SIGNS; k -= UNROLL * WORD_SIGNS, a += UNROLL * WORD_BYTES, b += UNROLL * 64) {
    count(a, a_stride, b, panel_bytes, UNROLL, rows, panels, counts);
  }
  for (; k >= WORD_SIGNS; k -= WORD_SIGNS, a += WORD_BYTES, b += 64) {
    count(a, a_stride, b, panel_bytes, 1, rows, panels, counts);
  }
  if (k > 0) {
    count(tile->a_tails, WORD_BYTES, b, panel_bytes, 1, rows, panels, counts);
  }
  store(tile, rows, panels, counts);
}

// clang-format off
#define BODY(rows, panels) static void tile_##rows##x##panels(const struct s32_tile *tile) { run_tile(tile, rows, panels); }
BODY(1, 1) BODY(2, 1) BODY(3, 1) BODY(4, 1) BODY(5, 1) BODY(6, 1) BODY(7, 1) BODY(8, 1) BODY(9, 1) BODY(10, 1) BODY(11, 1) BODY(12, 1)
BODY(1, 2) BODY(2, 2) BODY(3, 2) BODY(4, 2) BODY(5, 2) BODY(6, 2) BODY(7, 2) BODY(8, 2) BODY(9, 2) BODY(10, 2) BODY(11, 2) BODY(12, 2)
BODY(1, 3) BODY(2, 3) BODY(3, 3) BODY(4, 3) BODY(5, 3) BODY(6, 3) BODY(7, 3) BODY(8, 3)
BODY(1, 4) BODY(2, 4) BODY(3, 4) BODY(4, 4) BODY(5, 4) BODY(6, 4)

static const struct s32_kernel KERNEL = {&layout_b1_n16k32, NATIVE_B1, 4, {12, 12, 8, 6}, {
    {tile_1x1, tile_2x1, tile_3x1, tile_4x1, tile_5x1, tile_6x1, tile_7x1, tile_8x1, tile_9x1, tile_10x1, tile_11x1, tile_12x1},
    {tile_1x2, tile_2x2, tile_3x2, tile_4x2, tile_5x2, tile_6x2, tile_7x2, tile_8x2, tile_9x2, tile_10x2, tile_11x2, tile_12x2},
    {tile_1x3, tile_2x3, tile_3x3, tile_4x3, tile_5x3, tile_6x3, tile_7x3, tile_8x3},
    {tile_1x4, tile_2x4, tile_3x4, tile_4x4, tile_5x4, tile_6x4}}, epilogue_run, NULL, NULL};
// clang-format on

int64_t gemm_b1b1s32_6x64_avx512vpopcntdq_workspace(const struct tern_gemm *gemm, int64_t m) {
  return s32_workspace(&KERNEL, gemm, m);
}

void gemm_b1b1s32_6x64_avx512vpopcntdq(const struct gemm_call *call, struct rectangle part) {
  s32_run(&KERNEL, call, part);
}
