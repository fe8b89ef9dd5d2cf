// gemm_s8s8s32_6x16_dotprod.c -- int8 GEMM on sdot
//   acc[m][n] = seed[n] + sum_k a[m][k]*b[k][n];  y by epilogue_neon.h
//   layout:    s8_n16k4; a panel is a tile, a register is four k of four columns
//   registers: v 0-23 acc, 6 rows x 4 quarters of a panel; 4 of B; 1 quad of A, broadcast. Ten loads feed 24 sdot.
//   overflow:  sdot wraps, and so does the specification; u8 activations become s8 by flipping the top bit
//   reads:     exactly K elements of each row of A; panels are padded
//   target:    Armv8.2 with dot product (Cortex-A76, Neoverse N1 and later)
//   truth: scalar/gemm_u8s8s32_1x1_scalar.c    test: gemm_s32_test    bench: bench/lab/gemm_lab.c
#include "../add_group.h"
#include "arm64.h"
#include "epilogue_neon.h"

enum { MAX_ROWS = 6, QUARTERS = 4 };

static inline int8x16_t quad(const uint8_t *a) {
  int32_t bits;
  memcpy(&bits, a, sizeof bits);
  return vreinterpretq_s8_s32(vdupq_n_s32(bits));
}

// One step of four k, from quads of A that lie `stride` bytes apart. Inlined with a constant number of rows, the array
// is registers.
static inline __attribute__((always_inline)) void multiply(const int8_t *b, const uint8_t *a, int64_t stride,
                                                           const int rows, int32x4_t acc[MAX_ROWS][QUARTERS]) {
  int8x16_t b_quads[QUARTERS];
#pragma GCC unroll 4
  for (int q = 0; q < QUARTERS; q++) {
    b_quads[q] = vld1q_s8(b + q * 16);
  }
#pragma GCC unroll 6
  for (int r = 0; r < rows; r++) {
    const int8x16_t a_quad = quad(a + r * stride);
#pragma GCC unroll 4
    for (int q = 0; q < QUARTERS; q++) {
      acc[r][q] = vdotq_s32(acc[r][q], a_quad, b_quads[q]);
    }
  }
}

static inline __attribute__((always_inline)) void run_tile(const struct s32_tile *tile, const int rows) {
  int32x4_t acc[MAX_ROWS][QUARTERS];
#pragma GCC unroll 4
  for (int q = 0; q < QUARTERS; q++) {
    const int32x4_t seeds = load_s32_columns(tile->seeds + q * 4, tile->last_cols - q * 4);
#pragma GCC unroll 6
    for (int r = 0; r < rows; r++) {
      acc[r][q] = seeds;
    }
  }
  int64_t k = 0;
  for (; k + 4 <= tile->k; k += 4) {
    multiply(tile->b + k * PANEL, tile->a + k, tile->a_stride, rows, acc);
  }
  if (k < tile->k) {
    multiply(tile->b + k * PANEL, tile->a_tails, 4, rows, acc);
  }
#pragma GCC unroll 6
  for (int r = 0; r < rows; r++) {
#pragma GCC unroll 4
    for (int q = 0; q < QUARTERS; q++) {
      store_s32_columns(tile->acc + r * tile->acc_stride + q * 4, tile->last_cols - q * 4, acc[r][q]);
    }
  }
}

// clang-format off
#define BODY(rows) static void tile_##rows(const struct s32_tile *tile) { run_tile(tile, rows); }
BODY(1) BODY(2) BODY(3) BODY(4) BODY(5) BODY(6)
static const struct s32_kernel KERNEL =
    {&layout_s8_n16k4, NATIVE_S8, 1, {6}, {{tile_1, tile_2, tile_3, tile_4, tile_5, tile_6}}, epilogue_run, add_group, NULL};
// clang-format on

int64_t gemm_s8s8s32_6x16_dotprod_workspace(const struct tern_gemm *gemm, int64_t m) {
  return s32_workspace(&KERNEL, gemm, m);
}

void gemm_s8s8s32_6x16_dotprod(const struct gemm_call *call, struct rectangle part) {
  s32_run(&KERNEL, call, part);
}
