// gemm_f32f32f32_6x16_neon.c -- f32 GEMM on 128-bit FMA
//   y[m][n] = clamp(sum_k a[m][k]*b[k][n] + bias[n]) (+ y[m][n])
//   layout:    f32_n16: [N/16][K][16]; a panel is a tile
//   registers: v 0-23 acc, 6 rows x 4 quarters of a panel; 4 of B; 1 of A, broadcast. Ten loads feed 24 fmla.
//   overflow:  as IEEE 754 has it; a NaN passes through the clamp; blocks of k by gemm_f32.c
//   reads:     exactly K elements of each row of A, with any pair of strides; panels are padded
//   target:    any arm64
//   truth: scalar/gemm_f32f32f32_1x1_scalar.c    test: gemm_f32_test    bench: bench/lab/gemm_lab.c
#include "../gemm_f32.h"
#include "arm64.h"
#include "columns_neon.h"

enum { MAX_ROWS = 6, QUARTERS = 4 };

// Inlined with a constant number of rows, the array is registers.
static inline __attribute__((always_inline)) void multiply(const struct f32_tile *tile, const int rows, const bool copy,
                                                           float32x4_t acc[MAX_ROWS][QUARTERS]) {
  const float *a = tile->a, *b = tile->b;
  float *b_copy = tile->b_copy;
  for (int64_t k = 0; k < tile->k; k++, a += tile->a_col_stride, b += tile->b_row_stride) {
    float32x4_t b_row[QUARTERS];
#pragma GCC unroll 4
    for (int q = 0; q < QUARTERS; q++) {
      b_row[q] = vld1q_f32(b + q * 4);
      if (copy) {
        vst1q_f32(b_copy + q * 4, b_row[q]);
      }
    }
    if (copy) {
      b_copy += F32_PANEL;
    }
#pragma GCC unroll 6
    for (int r = 0; r < rows; r++) {
      const float32x4_t a_all = vld1q_dup_f32(a + r * tile->a_row_stride);
#pragma GCC unroll 4
      for (int q = 0; q < QUARTERS; q++) {
        acc[r][q] = vfmaq_f32(acc[r][q], a_all, b_row[q]);
      }
    }
  }
}

static inline void store(const struct f32_tile *tile, float *y, int64_t cols, float32x4_t sum) {
  if (tile->add) {
    sum = vaddq_f32(sum, load_f32_columns(y, cols));
  }
  store_f32_columns(y, cols, vminq_f32(vmaxq_f32(sum, vdupq_n_f32(tile->y_min)), vdupq_n_f32(tile->y_max)));
}

static inline __attribute__((always_inline)) void run_tile(const struct f32_tile *tile, const int rows) {
  float32x4_t acc[MAX_ROWS][QUARTERS];
#pragma GCC unroll 4
  for (int q = 0; q < QUARTERS; q++) {
    const float32x4_t bias =
        tile->bias ? load_f32_columns(tile->bias + q * 4, tile->last_cols - q * 4) : vdupq_n_f32(0);
#pragma GCC unroll 6
    for (int r = 0; r < rows; r++) {
      acc[r][q] = bias;
    }
  }
  if (tile->b_copy) {
    multiply(tile, rows, true, acc);
  } else {
    multiply(tile, rows, false, acc);
  }
#pragma GCC unroll 6
  for (int r = 0; r < rows; r++) {
#pragma GCC unroll 4
    for (int q = 0; q < QUARTERS; q++) {
      store(tile, tile->y + r * tile->y_row_stride + q * 4, tile->last_cols - q * 4, acc[r][q]);
    }
  }
}

// clang-format off
#define BODY(rows) static void tile_##rows(const struct f32_tile *tile) { run_tile(tile, rows); }
BODY(1) BODY(2) BODY(3) BODY(4) BODY(5) BODY(6)
static const struct f32_kernel KERNEL = {1, {6}, {{tile_1, tile_2, tile_3, tile_4, tile_5, tile_6}}, NULL, pack_f32};
// clang-format on

int64_t gemm_f32f32f32_6x16_neon_workspace(const struct tern_gemm *gemm, int64_t m) {
  return f32_workspace(gemm, m);
}

void gemm_f32f32f32_6x16_neon(const struct gemm_call *call, struct rectangle part) {
  f32_run(&KERNEL, call, part);
}
