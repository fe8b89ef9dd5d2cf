// pack_f32_avx512.c -- packs f32_n16 with 512-bit loads and stores
//   layout:    [N/16][K][16], columns padded with zeros to 16
//   reads:     exactly [K, N] of B: the last columns and the last k are masked
//   truth: pack_f32 in pack.c, through the results of gemm_f32_test
#include "amd64.h"

#include <immintrin.h>

enum { LANES = 16 };

static __mmask16 mask_of(int64_t count) {
  return (__mmask16)(0xffff >> (LANES - count));
}

// Columns side by side: one row at a time through all panels reads B in its own order, few rows at a time keep the
// panels written to in few pages.
static void pack_rows(int64_t n, int64_t k, const float *b, int64_t b_row_stride, float *packed, int64_t panel_begin,
                      int64_t panel_end) {
  enum { ROWS_AT_ONCE = 32 };
  for (int64_t row_begin = 0; row_begin < k; row_begin += ROWS_AT_ONCE) {
    const int64_t row_end = min64(row_begin + ROWS_AT_ONCE, k);
    for (int64_t panel = panel_begin; panel < panel_end; panel++) {
      const __mmask16 mask = mask_of(min64(LANES, n - panel * LANES));
      const float *from = b + panel * LANES;
      float *to = packed + panel * k * LANES;
      for (int64_t row = row_begin; row < row_end; row++) {
        _mm_prefetch((const char *)(from + (row + ROWS_AT_ONCE) * b_row_stride), _MM_HINT_T0);
        _mm512_store_ps(to + row * LANES, _mm512_maskz_loadu_ps(mask, from + row * b_row_stride));
      }
    }
  }
}

// Four columns' quads of k, one in each 128-bit lane.
static inline __m512 load_quads(const float *from, int64_t stride) {
  __m512 quads = _mm512_castps128_ps512(_mm_loadu_ps(from));
  quads = _mm512_insertf32x4(quads, _mm_loadu_ps(from + 4 * stride), 1);
  quads = _mm512_insertf32x4(quads, _mm_loadu_ps(from + 8 * stride), 2);
  return _mm512_insertf32x4(quads, _mm_loadu_ps(from + 12 * stride), 3);
}

// to[0..4)[col] = from[col][0..4): transposes 4 x 4 in each lane; loads into lanes take no shuffle.
static inline void transpose_quads(float *to, const float *from, int64_t stride) {
  const __m512 a = load_quads(from, stride), b = load_quads(from + stride, stride);
  const __m512 c = load_quads(from + 2 * stride, stride), d = load_quads(from + 3 * stride, stride);
  const __m512d ab_low = _mm512_castps_pd(_mm512_unpacklo_ps(a, b)),
                ab_high = _mm512_castps_pd(_mm512_unpackhi_ps(a, b));
  const __m512d cd_low = _mm512_castps_pd(_mm512_unpacklo_ps(c, d)),
                cd_high = _mm512_castps_pd(_mm512_unpackhi_ps(c, d));
  _mm512_store_ps(to, _mm512_castpd_ps(_mm512_unpacklo_pd(ab_low, cd_low)));
  _mm512_store_ps(to + LANES, _mm512_castpd_ps(_mm512_unpackhi_pd(ab_low, cd_low)));
  _mm512_store_ps(to + 2 * LANES, _mm512_castpd_ps(_mm512_unpacklo_pd(ab_high, cd_high)));
  _mm512_store_ps(to + 3 * LANES, _mm512_castpd_ps(_mm512_unpackhi_pd(ab_high, cd_high)));
}

// Rows side by side: each panel transposes its own columns, which are as many streams.
static void pack_columns(int64_t n, int64_t k, const float *b, int64_t b_col_stride, float *packed, int64_t panel_begin,
                         int64_t panel_end) {
  for (int64_t panel = panel_begin; panel < panel_end; panel++) {
    const int64_t cols = min64(LANES, n - panel * LANES);
    const float *from = b + panel * LANES * b_col_stride;
    float *to = packed + panel * k * LANES;
    const int64_t whole = cols == LANES ? k / 4 * 4 : 0;
    for (int64_t row = 0; row < whole; row += 4) {
      for (int64_t col = row % LANES; col < row % LANES + 4; col++) { // a line of each column in four turns
        _mm_prefetch((const char *)(from + col * b_col_stride + row + 4 * LANES), _MM_HINT_T0);
      }
      transpose_quads(to + row * LANES, from + row, b_col_stride);
    }
    for (int64_t row = whole; row < k; row++) {
      float column[LANES] __attribute__((aligned(64))) = {0};
      for (int64_t col = 0; col < cols; col++) {
        column[col] = from[col * b_col_stride + row];
      }
      _mm512_store_ps(to + row * LANES, _mm512_load_ps(column));
    }
  }
}

void pack_f32_avx512(const struct layout *layout, int64_t n, int64_t k, const void *b, int64_t b_row_stride,
                     int64_t b_col_stride, void *packed, int64_t panel_begin, int64_t panel_end) {
  (void)layout; // always f32_n16
  if (b_col_stride == 1) {
    pack_rows(n, k, b, b_row_stride, packed, panel_begin, panel_end);
  } else {
    pack_columns(n, k, b, b_col_stride, packed, panel_begin, panel_end);
  }
}
