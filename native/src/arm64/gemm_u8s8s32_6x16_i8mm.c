// gemm_u8s8s32_6x16_i8mm.c -- int8 GEMM on smmla and usmmla
//   acc[m][n] = seed[n] + sum_k a[m][k]*b[k][n];  y by epilogue_neon.h
//   layout:    s8_n16k8; a panel is a tile, a register is eight k of two columns:  k0n0 .. k7n0 | k0n1 .. k7n1
//   registers: v 0-23 acc, 3 pairs of rows x 8 pairs of columns, each  r0n0 r0n1 | r1n0 r1n1;  3 of A, eight k of two
//              rows; 1 of B. Fourteen loads feed 24 instructions of 32 products.
//   overflow:  both wrap, and so does the specification
//   reads:     exactly K elements of each row of A; an odd last row is paired with itself; panels are padded
//   target:    Armv8.2 with I8MM (Neoverse V1 and N2, Cortex-X2 and later)
//   truth: scalar/gemm_u8s8s32_1x1_scalar.c    test: gemm_s32_test    bench: bench/lab/gemm_lab.c
#include "../add_group.h"
#include "arm64.h"
#include "epilogue_neon.h"

enum { MAX_ROWS = 6, ROW_PAIRS = 3, COLUMN_PAIRS = 8 };

static inline uint8x16_t row_pair(const uint8_t *a, int64_t stride, int row, int rows) {
  const uint8_t *first = a + row * stride;
  return vcombine_u8(vld1_u8(first), vld1_u8(row + 1 < rows ? first + stride : first));
}

static inline int32x4_t dot_octets(int32x4_t acc, uint8x16_t a, int8x16_t b, const bool is_signed) {
  return is_signed ? vmmlaq_s32(acc, vreinterpretq_s8_u8(a), b) : vusmmlaq_s32(acc, a, b);
}

// One step of eight k, from octets of A that lie `stride` bytes apart. Inlined with a constant number of rows, the
// arrays are registers.
static inline __attribute__((always_inline)) void multiply(const int8_t *b, const uint8_t *a, int64_t stride,
                                                           const int rows, const bool is_signed,
                                                           int32x4_t acc[ROW_PAIRS][COLUMN_PAIRS]) {
  uint8x16_t a_pairs[ROW_PAIRS];
#pragma GCC unroll 3
  for (int p = 0; p < (rows + 1) / 2; p++) {
    a_pairs[p] = row_pair(a, stride, 2 * p, rows);
  }
#pragma GCC unroll 8
  for (int c = 0; c < COLUMN_PAIRS; c++) {
    const int8x16_t b_pair = vld1q_s8(b + c * 16);
#pragma GCC unroll 3
    for (int p = 0; p < (rows + 1) / 2; p++) {
      acc[p][c] = dot_octets(acc[p][c], a_pairs[p], b_pair, is_signed);
    }
  }
}

static inline void store_row(const struct s32_tile *tile, int row, const int32x4_t acc[COLUMN_PAIRS]) {
  int32_t *to = tile->acc + row * tile->acc_stride;
#pragma GCC unroll 4
  for (int c = 0; c < COLUMN_PAIRS; c += 2) {
    const int32x4_t columns = row % 2 == 0 ? vcombine_s32(vget_low_s32(acc[c]), vget_low_s32(acc[c + 1]))
                                           : vcombine_s32(vget_high_s32(acc[c]), vget_high_s32(acc[c + 1]));
    store_s32_columns(to + c * 2, tile->last_cols - c * 2, columns);
  }
}

static inline __attribute__((always_inline)) void run_tile(const struct s32_tile *tile, const int rows,
                                                           const bool is_signed) {
  int32x4_t acc[ROW_PAIRS][COLUMN_PAIRS];
#pragma GCC unroll 4
  for (int c = 0; c < COLUMN_PAIRS; c += 2) {
    const int32x4_t seeds = load_s32_columns(tile->seeds + c * 2, tile->last_cols - c * 2);
#pragma GCC unroll 3
    for (int p = 0; p < (rows + 1) / 2; p++) {
      acc[p][c] = vcombine_s32(vget_low_s32(seeds), vget_low_s32(seeds));
      acc[p][c + 1] = vcombine_s32(vget_high_s32(seeds), vget_high_s32(seeds));
    }
  }
  int64_t k = 0;
  for (; k + 8 <= tile->k; k += 8) {
    multiply(tile->b + k * PANEL, tile->a + k, tile->a_stride, rows, is_signed, acc);
  }
  if (k < tile->k) {
    multiply(tile->b + k * PANEL, tile->a_tails, 8, rows, is_signed, acc);
  }
#pragma GCC unroll 6
  for (int r = 0; r < rows; r++) {
    store_row(tile, r, acc[r / 2]);
  }
}

// clang-format off
#define BODY(rows)                                                                                                     \
  static void tile_u8_##rows(const struct s32_tile *tile) { run_tile(tile, rows, false); }                              \
  static void tile_s8_##rows(const struct s32_tile *tile) { run_tile(tile, rows, true); }
BODY(1) BODY(2) BODY(3) BODY(4) BODY(5) BODY(6)

#define KERNEL(a) {&layout_s8_n16k8, NATIVE_BOTH, 1, {6},                                                              \
    {{tile_##a##_1, tile_##a##_2, tile_##a##_3, tile_##a##_4, tile_##a##_5, tile_##a##_6}}, epilogue_run, add_group, NULL}
static const struct s32_kernel U8_KERNEL = KERNEL(u8), S8_KERNEL = KERNEL(s8);
// clang-format on

int64_t gemm_u8s8s32_6x16_i8mm_workspace(const struct tern_gemm *gemm, int64_t m) {
  return s32_workspace(&U8_KERNEL, gemm, m);
}

void gemm_u8s8s32_6x16_i8mm(const struct gemm_call *call, struct rectangle part) {
  s32_run(call->gemm->a_type == TERN_U8 ? &U8_KERNEL : &S8_KERNEL, call, part);
}
