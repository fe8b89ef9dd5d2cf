// gemm_f32f32f32_6x16_avx2.c -- f32 GEMM on 256-bit FMA
//   y[m][n] = clamp(sum_k a[m][k]*b[k][n] + bias[n]) (+ y[m][n])
//   layout:    f32_n16: [N/16][K][16]; a panel is a tile
//   registers: ymm 0-11 acc, 6 rows x 2 halves of a panel; 2 of B; 1 of A, broadcast. Eight loads feed 12 FMA.
//   overflow:  as IEEE 754 has it; a NaN passes through the clamp; blocks of k by gemm_f32.c
//   reads:     exactly K elements of each row of A, with any pair of strides; panels are padded
//   target:    AVX2 and FMA (Haswell, Zen and later)
//   truth: scalar/gemm_f32f32f32_1x1_scalar.c    test: gemm_f32_test    bench: bench/lab/gemm_lab.c
#include "../gemm_f32.h"
#include "amd64.h"
#include "mask_avx2.h"

enum { MAX_ROWS = 6, HALVES = 2 };

// Inlined with a constant number of rows, the array is registers.
static inline __attribute__((always_inline)) void multiply(const struct f32_tile *tile, const int rows, const bool copy,
                                                           __m256 acc[MAX_ROWS][HALVES]) {
  const float *b = tile->b;
  float *b_copy = tile->b_copy;
  for (int64_t tap = 0; tap < tile->taps; tap++) {
    const float *a = tile->a + tile->tap_offsets[tap];
    for (int64_t k = 0; k < tile->k; k++, a += tile->a_col_stride, b += tile->b_row_stride) {
      const __m256 b_left = _mm256_loadu_ps(b), b_right = _mm256_loadu_ps(b + 8);
      if (copy) {
        _mm256_store_ps(b_copy, b_left);
        _mm256_store_ps(b_copy + 8, b_right);
        b_copy += F32_PANEL;
      }
#pragma GCC unroll 6
      for (int r = 0; r < rows; r++) {
        const __m256 a_all = _mm256_broadcast_ss(a + r * tile->a_row_stride);
        acc[r][0] = _mm256_fmadd_ps(a_all, b_left, acc[r][0]);
        acc[r][1] = _mm256_fmadd_ps(a_all, b_right, acc[r][1]);
      }
    }
  }
}

static inline __m256i mask_of(const struct f32_tile *tile, int half) {
  return mask_avx2(tile->last_cols - half * 8);
}

// acc = bias, while y comes near.
static inline __attribute__((always_inline)) void begin(const struct f32_tile *tile, const int rows,
                                                        __m256 acc[MAX_ROWS][HALVES]) {
#pragma GCC unroll 2
  for (int h = 0; h < HALVES; h++) {
    const __m256 bias = tile->bias ? _mm256_maskload_ps(tile->bias + h * 8, mask_of(tile, h)) : _mm256_setzero_ps();
#pragma GCC unroll 6
    for (int r = 0; r < rows; r++) {
      acc[r][h] = bias;
    }
  }
#pragma GCC unroll 6
  for (int r = 0; r < rows; r++) {
    __builtin_prefetch(tile->y + r * tile->y_row_stride, 1);
  }
}

// The first `whole` halves have all their columns.
static inline __attribute__((always_inline)) void store(const struct f32_tile *tile, const int rows, const int whole,
                                                        __m256 acc[MAX_ROWS][HALVES]) {
  const __m256 y_min = _mm256_set1_ps(tile->y_min), y_max = _mm256_set1_ps(tile->y_max);
#pragma GCC unroll 6
  for (int r = 0; r < rows; r++) {
#pragma GCC unroll 2
    for (int h = 0; h < HALVES; h++) {
      float *y = tile->y + r * tile->y_row_stride + h * 8;
      const __m256i mask = mask_of(tile, h);
      __m256 sum = acc[r][h];
      if (tile->add) {
        sum = _mm256_add_ps(sum, h < whole ? _mm256_loadu_ps(y) : _mm256_maskload_ps(y, mask));
      }
      sum = _mm256_min_ps(y_max, _mm256_max_ps(y_min, sum)); // NaN is the second operand
      store_avx2(y, mask, h < whole, sum);
    }
  }
}

static inline __attribute__((always_inline)) void run_tile(const struct f32_tile *tile, const int rows) {
  __m256 acc[MAX_ROWS][HALVES];
  begin(tile, rows, acc);
  if (tile->b_copy) {
    multiply(tile, rows, true, acc);
  } else {
    multiply(tile, rows, false, acc);
  }
  if (tile->last_cols == F32_PANEL) {
    store(tile, rows, 2, acc);
  } else if (tile->last_cols >= 8) {
    store(tile, rows, 1, acc);
  } else {
    store(tile, rows, 0, acc);
  }
}

// clang-format off
#define BODY(rows) static void tile_##rows(const struct f32_tile *tile) { run_tile(tile, rows); }
BODY(1) BODY(2) BODY(3) BODY(4) BODY(5) BODY(6)
static const struct f32_kernel KERNEL = {1, {6}, {{tile_1, tile_2, tile_3, tile_4, tile_5, tile_6}}, NULL, pack_f32};
// clang-format on

int64_t gemm_f32f32f32_6x16_avx2_workspace(const struct tern_gemm *gemm, int64_t m) {
  return f32_workspace(gemm, m);
}

void gemm_f32f32f32_6x16_avx2(const struct gemm_call *call, struct rectangle part) {
  f32_run(&KERNEL, call, part);
}

static void convolve(const struct conv2d_call *call, struct rectangle part) {
  f32_conv2d(&KERNEL, call, part);
}

const struct conv2d_kernel conv2d_f32f32f32_6x16_avx2 = {sizeof(float), f32_conv2d_workspace, convolve};
