// reorder_avx2.c -- copies rows by 8 elements, and transposes tiles of 8x8, as floats or as 32-bit integers
//   y[r][c] or y[c][r] = convert(x[r][c]), see tern.h
//   layout:    rows with strides, elements of a row side by side; signs from the lowest bit of a byte on
//
//              x, 8 rows of 8      pairs      quads      halves      y
//              r0  a0 a1 a2 .. ->  a0 b0 ..   a0b0c0d0   8 rows  ->  c0  a0 b0 c0 d0 ..
//
//   registers: ymm0-7 the tile, ymm8-15 its next step: three steps of 8 shuffles
//   overflow:  quotients are clamped before the zero point is added
//   reads:     the elements, exactly: what fills no register goes one by one
//   floors:    copying: bytes over bandwidth. Transposing: 24 shuffles on one port for 64 elements, 10 B of f32 a cycle
//   target:    AVX2
//   truth: scalar/reorder_scalar.c    test: reorder_test    bench: bench/lab/reorder_lab.c
#include "../reorder.h"
#include "amd64.h"

#include <immintrin.h>

enum { LANES = 8 };

static inline __attribute__((always_inline)) __m256i load(const enum conversion conversion, const uint8_t *x) {
  if (from_bytes(conversion) == 4) {
    return _mm256_loadu_si256((const __m256i *)x);
  }
  const __m128i bytes = _mm_loadl_epi64((const __m128i *)x);
  return conversion == DEQUANTIZE_S8 ? _mm256_cvtepi8_epi32(bytes) : _mm256_cvtepu8_epi32(bytes);
}

// Quotients outside of the type become its bounds; a NaN becomes 0.
static inline __attribute__((always_inline)) __m256i quantize(const struct reorder_block *block,
                                                              const enum conversion conversion, __m256 x) {
  const __m256 exact = _mm256_div_ps(x, _mm256_set1_ps(block->scale));
  const __m256 number = _mm256_and_ps(exact, _mm256_cmp_ps(x, x, _CMP_ORD_Q));
  const __m256 low = _mm256_set1_ps(least_quotient(block, conversion));
  const __m256 high = _mm256_set1_ps(greatest_quotient(block, conversion));
  const __m256 rounded = _mm256_round_ps(number, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  const __m256i integers = _mm256_cvtps_epi32(_mm256_min_ps(_mm256_max_ps(rounded, low), high));
  return _mm256_add_epi32(integers, _mm256_set1_epi32(block->zero_point));
}

// The low byte of each lane.
static inline __m128i bytes_of(__m256i x) {
  const __m256i low = _mm256_shuffle_epi8(x, _mm256_set1_epi32(0x0c080400));
  return _mm_unpacklo_epi32(_mm256_castsi256_si128(low), _mm256_extracti128_si256(low, 1));
}

static inline __attribute__((always_inline)) void store(const struct reorder_block *block,
                                                        const enum conversion conversion, uint8_t *y, __m256i x) {
  if (conversion == TO_SIGNS) {
    const __m256 signs = _mm256_cmp_ps(_mm256_castsi256_ps(x), _mm256_setzero_ps(), _CMP_GE_OQ);
    *y = (uint8_t)_mm256_movemask_ps(signs);
  } else if (dequantizes(conversion)) {
    const __m256 steps = _mm256_cvtepi32_ps(_mm256_sub_epi32(x, _mm256_set1_epi32(block->zero_point)));
    _mm256_storeu_ps((float *)y, _mm256_mul_ps(_mm256_set1_ps(block->scale), steps));
  } else if (conversion == COPY_F32) {
    _mm256_storeu_si256((__m256i *)y, x);
  } else {
    const bool copies = conversion == COPY_BYTE;
    _mm_storel_epi64((__m128i *)y, bytes_of(copies ? x : quantize(block, conversion, _mm256_castsi256_ps(x))));
  }
}

// Steps of a transposition: pairs and quads within halves, then the halves.
static inline __attribute__((always_inline)) void transpose(__m256i r[8]) {
  __m256i t[8];
#pragma GCC unroll 4
  for (int i = 0; i < 4; i++) {
    t[2 * i] = _mm256_unpacklo_epi32(r[2 * i], r[2 * i + 1]);
    t[2 * i + 1] = _mm256_unpackhi_epi32(r[2 * i], r[2 * i + 1]);
  }
#pragma GCC unroll 2
  for (int i = 0; i < 8; i += 4) {
    r[i] = _mm256_unpacklo_epi64(t[i], t[i + 2]);
    r[i + 1] = _mm256_unpackhi_epi64(t[i], t[i + 2]);
    r[i + 2] = _mm256_unpacklo_epi64(t[i + 1], t[i + 3]);
    r[i + 3] = _mm256_unpackhi_epi64(t[i + 1], t[i + 3]);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; i++) {
    t[i] = _mm256_permute2x128_si256(r[i], r[i + 4], 0x20);
    t[i + 4] = _mm256_permute2x128_si256(r[i], r[i + 4], 0x31);
  }
#pragma GCC unroll 8
  for (int i = 0; i < 8; i++) {
    r[i] = t[i];
  }
}

static inline __attribute__((always_inline)) void run_tile(const struct reorder_block *block,
                                                           const enum conversion conversion, int64_t row, int64_t col) {
  const uint8_t *x = block->x + row * block->x_row + col * from_bytes(conversion);
  const int64_t at = to_bytes(conversion, row);
  __m256i tile[LANES];
#pragma GCC unroll 8
  for (int i = 0; i < LANES; i++) {
    tile[i] = load(conversion, x + i * block->x_row);
  }
  transpose(tile);
#pragma GCC unroll 8
  for (int i = 0; i < LANES; i++) {
    store(block, conversion, block->y + (col + i) * block->y_row + at, tile[i]);
  }
}

static inline __attribute__((always_inline)) void run_transposed(const struct reorder_block *block,
                                                                 const enum conversion conversion) {
  const int64_t rows = block->rows / LANES * LANES, cols = block->cols / LANES * LANES;
  for (int64_t row = 0; row < rows; row += LANES) {
    for (int64_t col = 0; col < cols; col += LANES) {
      run_tile(block, conversion, row, col);
    }
  }
  reorder_rest(block, conversion, 0, rows, cols, block->cols);
  reorder_rest(block, conversion, rows, block->rows, 0, block->cols);
}

static inline __attribute__((always_inline)) void run_rows(const struct reorder_block *block,
                                                           const enum conversion conversion) {
  const int64_t from = from_bytes(conversion), whole = block->cols / LANES * LANES;
  for (int64_t row = 0; row < block->rows; row++) {
    const uint8_t *x = block->x + row * block->x_row;
    uint8_t *y = block->y + row * block->y_row;
    for (int64_t col = 0; col < whole; col += LANES) {
      const int64_t at = to_bytes(conversion, col);
      store(block, conversion, y + at, load(conversion, x + col * from));
    }
  }
  reorder_rest(block, conversion, 0, block->rows, whole, block->cols);
}

static inline __attribute__((always_inline)) void run(const struct reorder_block *block,
                                                      const enum conversion conversion) {
  if (block->transposes) {
    run_transposed(block, conversion);
  } else {
    run_rows(block, conversion);
  }
}

void reorder_f32_avx2(const struct reorder_block *call) {
  const struct reorder_block copy = *call, *block = &copy; // which stores to y cannot change
  REORDER_BY_CONVERSION(run, block)
}
