// gemm_b1b1s32_1x1_scalar.c -- GEMM of signs, one dot product at a time
//   acc[m][n] = seed[n] - 2 * sum_k (a[m][k] ^ b[k][n]);  y as tern.h has it for each y_type
//   layout:    b1_n1: column n of B side by side, [N][K], padded with zero bits to 64
//   registers: 64 signs of each side and their sum
//   overflow:  none: k fits 31 bits
//   reads:     the ceil(K/8) bytes of each row of A; bits after K in the last one may be anything
//   target:    any CPU; the oracle of the C tests, and itself held to a loop over signs there
//   truth: the loops in test/gemm_s32_test.c    test: gemm_s32_test    bench: bench/lab/gemm_lab.c
#include "epilogue_scalar.h"
#include "scalar.h"

#include <string.h>

enum { WORD_SIGNS = 64, WORD_BYTES = 8 };

static int32_t differing(uint64_t a, const uint8_t *b) {
  uint64_t word;
  memcpy(&word, b, sizeof word);
  return __builtin_popcountll(a ^ word);
}

// How many of k signs differ.
static int32_t distance(const uint8_t *a, const uint8_t *b, int64_t k) {
  int32_t sum = 0;
  for (; k >= WORD_SIGNS; k -= WORD_SIGNS, a += WORD_BYTES, b += WORD_BYTES) {
    uint64_t word;
    memcpy(&word, a, sizeof word);
    sum += differing(word, b);
  }
  if (k > 0) {
    uint64_t word = 0;
    memcpy(&word, a, (size_t)ceil_div(k, SIGNS_OF_BYTE));
    sum += differing(word & ~0ULL >> (WORD_SIGNS - k), b);
  }
  return sum;
}

int64_t gemm_b1b1s32_1x1_scalar_workspace(const struct tern_gemm *gemm, int64_t m) {
  (void)gemm, (void)m;
  return 0;
}

void gemm_b1b1s32_1x1_scalar(const struct gemm_call *call, struct rectangle part) {
  const struct tern_gemm *gemm = call->gemm;
  const int64_t column = panel_bytes(&layout_b1_n1, gemm->k);
  for (int64_t row = part.row_begin; row < part.row_end; row++) {
    const uint8_t *a = (const uint8_t *)call->a + row * (call->a_row_stride / SIGNS_OF_BYTE);
    const int32_t *deltas = call->row_deltas ? call->row_deltas[row] : NULL;
    for (int64_t col = part.col_begin; col < part.col_end; col++) {
      const uint32_t seed = (uint32_t)gemm->seeds[col] + (deltas ? (uint32_t)deltas[col] : 0);
      const uint32_t differences = (uint32_t)distance(a, (const uint8_t *)call->packed + col * column, gemm->k);
      epilogue_store(call, row, col, (int32_t)(seed - 2 * differences));
    }
  }
}
