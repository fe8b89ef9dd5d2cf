// f32_dots_avx512.c -- few rows of A times columns of an unpacked B, each side by side along k; 512-bit FMA
//   y[m][n] = clamp(sum_k a[m][k]*b[n][k] + bias[n]) (+ y[m][n])
//   layout:    B as the caller has it, [N][K]; six columns are six streams
//   registers: zmm 0-23 acc, 4 rows x 6 columns, a partial sum in each lane; 4 of A; 1 of B. Ten loads feed 24 FMA.
//   overflow:  as IEEE 754 has it; a NaN passes through the clamp
//   reads:     exactly K elements of each row and column; the last vector is masked, and its other lanes add zero
//   target:    AVX-512 with two FMA ports
//   truth: scalar/gemm_f32f32f32_1x1_scalar.c    test: gemm_f32_test    bench: bench/lab/gemm_lab.c
#include "amd64.h"

#include <immintrin.h>

enum {
  ROWS = 4,
  COLS = 6,
  LANES = 16,
  PREFETCH = 256 // floats ahead in each column
};

static inline __attribute__((always_inline)) void multiply(const struct f32_tile *tile, const int rows, const int cols,
                                                           int64_t k, __mmask16 mask, __m512 acc[ROWS][COLS]) {
  __m512 a[ROWS];
#pragma GCC unroll 4
  for (int r = 0; r < rows; r++) {
    a[r] = _mm512_maskz_loadu_ps(mask, tile->a + r * tile->a_row_stride + k);
  }
#pragma GCC unroll 6
  for (int c = 0; c < cols; c++) {
    const __m512 b = _mm512_maskz_loadu_ps(mask, tile->b + c * tile->b_panel_stride + k);
    _mm_prefetch((const char *)(tile->b + c * tile->b_panel_stride + k + PREFETCH), _MM_HINT_T0);
#pragma GCC unroll 4
    for (int r = 0; r < rows; r++) {
      acc[r][c] = _mm512_fmadd_ps(a[r], b, acc[r][c]);
    }
  }
}

static inline void store(const struct f32_tile *tile, int r, int c, float sum) {
  float *y = tile->y + r * tile->y_row_stride + c;
  const float biased = tile->bias ? sum + tile->bias[c] : sum;
  const float above = biased < tile->y_min ? tile->y_min : biased;
  const float clamped = above > tile->y_max ? tile->y_max : above;
  *y = tile->add ? clamped + *y : clamped;
}

// Inlined with constant sizes, the arrays are registers.
static inline __attribute__((always_inline)) void run_tile(const struct f32_tile *tile, const int rows,
                                                           const int cols) {
  __m512 acc[ROWS][COLS];
#pragma GCC unroll 4
  for (int r = 0; r < rows; r++) {
#pragma GCC unroll 6
    for (int c = 0; c < cols; c++) {
      acc[r][c] = _mm512_setzero_ps();
    }
  }
  const int64_t whole = tile->k / LANES * LANES;
  for (int64_t k = 0; k < whole; k += LANES) {
    multiply(tile, rows, cols, k, 0xffff, acc);
  }
  if (whole < tile->k) {
    multiply(tile, rows, cols, whole, (__mmask16)(0xffff >> (LANES - (tile->k - whole))), acc);
  }
#pragma GCC unroll 4
  for (int r = 0; r < rows; r++) {
#pragma GCC unroll 6
    for (int c = 0; c < cols; c++) {
      store(tile, r, c, _mm512_reduce_add_ps(acc[r][c]));
    }
  }
}

// clang-format off
#define BODY(rows, cols) static void dots_##rows##x##cols(const struct f32_tile *tile) { run_tile(tile, rows, cols); }
BODY(1, 1) BODY(1, 6) BODY(2, 1) BODY(2, 6) BODY(3, 1) BODY(3, 6) BODY(4, 1) BODY(4, 6)

// By whether the columns fill a tile, rows - 1.
static f32_body *const BODIES[2][ROWS] = {
    {dots_1x1, dots_2x1, dots_3x1, dots_4x1},
    {dots_1x6, dots_2x6, dots_3x6, dots_4x6}};
// clang-format on

// Columns outside, so that those of a tile stay in L1 while the rows pass.
void f32_dots_avx512(const struct f32_tile *all, int64_t rows, int64_t cols) {
  struct f32_tile tile = *all;
  for (int64_t col = 0, width; col < cols; col += width) {
    width = cols - col >= COLS ? COLS : 1;
    tile.b = all->b + col * all->b_panel_stride;
    tile.bias = all->bias ? all->bias + col : NULL;
    for (int64_t row = 0, height; row < rows; row += height) {
      height = min64(ROWS, rows - row);
      tile.a = all->a + row * all->a_row_stride;
      tile.y = all->y + row * all->y_row_stride + col;
      BODIES[width == COLS][height - 1](&tile);
    }
  }
}
