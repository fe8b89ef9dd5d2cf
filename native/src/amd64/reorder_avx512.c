// reorder_avx512.c -- copies rows by 16 elements, and transposes tiles of 16x16, as floats or as 32-bit integers
//   y[r][c] or y[c][r] = convert(x[r][c]), see tern.h
//   layout:    rows with strides, elements of a row side by side; signs from the lowest bit of a byte on
//
//              x, 16 rows of 16        pairs      quads     by 4 lanes       y
//              r0  a0 a1 a2 a3 .. ->   a0 b0 ..   a0b0c0d0  16 columns of -> c0  a0 b0 c0 d0 ..
//              r1  b0 b1 b2 b3 ..      a1 b1 ..   a1b1c1d1  16 rows          c1  a1 b1 c1 d1 ..
//
//   registers: zmm0-15 the tile, zmm16-31 its next step: four steps of 16 shuffles
//   overflow:  quotients are clamped before the zero point is added
//   reads:     the elements, exactly: what fills no register comes and goes under a mask
//   floors:    copying: bytes over bandwidth. Transposing: 64 shuffles on one port for 256 elements, 16 B of f32 a
//   cycle target:    AVX-512 F, BW, DQ, VL truth: scalar/reorder_scalar.c    test: reorder_test    bench:
//   bench/lab/reorder_lab.c
#include "../reorder.h"
#include "amd64.h"

#include <immintrin.h>

enum { LANES = 16 };

static inline __mmask16 lanes(int64_t count) {
  return (__mmask16)(count >= LANES ? 0xffff : (1u << count) - 1);
}

static inline __attribute__((always_inline)) __m512i load(const enum conversion conversion, const uint8_t *x,
                                                          __mmask16 mask) {
  if (from_bytes(conversion) == 4) {
    return _mm512_maskz_loadu_epi32(mask, x);
  }
  const __m128i bytes = _mm_maskz_loadu_epi8(mask, x);
  return conversion == DEQUANTIZE_S8 ? _mm512_cvtepi8_epi32(bytes) : _mm512_cvtepu8_epi32(bytes);
}

// Quotients outside of the type become its bounds; a NaN becomes 0.
static inline __attribute__((always_inline)) __m512i quantize(const struct reorder_block *block,
                                                              const enum conversion conversion, __m512 x) {
  const __mmask16 number = _mm512_cmp_ps_mask(x, x, _CMP_ORD_Q);
  const __m512 exact = _mm512_maskz_div_ps(number, x, _mm512_set1_ps(block->scale));
  const __m512 low = _mm512_set1_ps(least_quotient(block, conversion));
  const __m512 high = _mm512_set1_ps(greatest_quotient(block, conversion));
  const __m512 rounded = _mm512_roundscale_ps(exact, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  const __m512i integers = _mm512_cvtps_epi32(_mm512_min_ps(_mm512_max_ps(rounded, low), high));
  return _mm512_add_epi32(integers, _mm512_set1_epi32(block->zero_point));
}

static inline __attribute__((always_inline)) void
store(const struct reorder_block *block, const enum conversion conversion, uint8_t *y, __m512i x, int64_t count) {
  const __mmask16 mask = lanes(count);
  if (conversion == TO_SIGNS) {
    const __mmask16 signs = _mm512_mask_cmp_ps_mask(mask, _mm512_castsi512_ps(x), _mm512_setzero_ps(), _CMP_GE_OQ);
    y[0] = (uint8_t)signs;
    if (count > SIGNS_OF_BYTE) {
      y[1] = (uint8_t)(signs >> SIGNS_OF_BYTE);
    }
  } else if (dequantizes(conversion)) {
    const __m512 steps = _mm512_cvtepi32_ps(_mm512_sub_epi32(x, _mm512_set1_epi32(block->zero_point)));
    _mm512_mask_storeu_ps(y, mask, _mm512_mul_ps(_mm512_set1_ps(block->scale), steps));
  } else if (conversion == COPY_F32) {
    _mm512_mask_storeu_epi32(y, mask, x);
  } else {
    const bool copies = conversion == COPY_BYTE;
    _mm512_mask_cvtepi32_storeu_epi8(y, mask, copies ? x : quantize(block, conversion, _mm512_castsi512_ps(x)));
  }
}

// Steps of a transposition: pairs and quads within parts of four lanes, then the parts.
static inline __attribute__((always_inline)) void transpose(__m512i r[16]) {
  __m512i t[16];
#pragma GCC unroll 8
  for (int i = 0; i < 8; i++) {
    t[2 * i] = _mm512_unpacklo_epi32(r[2 * i], r[2 * i + 1]);
    t[2 * i + 1] = _mm512_unpackhi_epi32(r[2 * i], r[2 * i + 1]);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 16; i += 4) {
    r[i] = _mm512_unpacklo_epi64(t[i], t[i + 2]);
    r[i + 1] = _mm512_unpackhi_epi64(t[i], t[i + 2]);
    r[i + 2] = _mm512_unpacklo_epi64(t[i + 1], t[i + 3]);
    r[i + 3] = _mm512_unpackhi_epi64(t[i + 1], t[i + 3]);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; i++) {
    t[i] = _mm512_shuffle_i32x4(r[i], r[i + 4], 0x88);
    t[i + 4] = _mm512_shuffle_i32x4(r[i], r[i + 4], 0xdd);
    t[i + 8] = _mm512_shuffle_i32x4(r[i + 8], r[i + 12], 0x88);
    t[i + 12] = _mm512_shuffle_i32x4(r[i + 8], r[i + 12], 0xdd);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; i++) {
    r[i] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0x88);
    r[i + 4] = _mm512_shuffle_i32x4(t[i + 4], t[i + 12], 0x88);
    r[i + 8] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0xdd);
    r[i + 12] = _mm512_shuffle_i32x4(t[i + 4], t[i + 12], 0xdd);
  }
}

// Up to 16 rows of up to 16 columns.
static inline __attribute__((always_inline)) void run_tile(const struct reorder_block *block,
                                                           const enum conversion conversion, int64_t row, int64_t col,
                                                           int64_t rows, int64_t cols) {
  const uint8_t *x = block->x + row * block->x_row + col * from_bytes(conversion);
  const int64_t at = to_bytes(conversion, row);
  const __mmask16 mask = lanes(cols);
  __m512i tile[LANES];
#pragma GCC unroll 16
  for (int i = 0; i < LANES; i++) {
    tile[i] = i < rows ? load(conversion, x + i * block->x_row, mask) : _mm512_setzero_si512();
  }
  transpose(tile);
#pragma GCC unroll 16
  for (int i = 0; i < LANES; i++) {
    if (i < cols) {
      store(block, conversion, block->y + (col + i) * block->y_row + at, tile[i], rows);
    }
  }
}

static inline __attribute__((always_inline)) void run_transposed(const struct reorder_block *block,
                                                                 const enum conversion conversion) {
  for (int64_t row = 0; row < block->rows; row += LANES) {
    const int64_t rows = min64(LANES, block->rows - row);
    for (int64_t col = 0; col < block->cols; col += LANES) {
      const int64_t cols = min64(LANES, block->cols - col);
      if (rows == LANES && cols == LANES) {
        run_tile(block, conversion, row, col, LANES, LANES);
      } else {
        run_tile(block, conversion, row, col, rows, cols);
      }
    }
  }
}

static inline __attribute__((always_inline)) void run_rows(const struct reorder_block *block,
                                                           const enum conversion conversion) {
  const int64_t from = from_bytes(conversion), whole = block->cols / LANES * LANES;
  for (int64_t row = 0; row < block->rows; row++) {
    const uint8_t *x = block->x + row * block->x_row;
    uint8_t *y = block->y + row * block->y_row;
    for (int64_t col = 0; col < whole; col += LANES) {
      const int64_t at = to_bytes(conversion, col);
      store(block, conversion, y + at, load(conversion, x + col * from, 0xffff), LANES);
    }
    if (whole < block->cols) {
      const int64_t left = block->cols - whole, at = to_bytes(conversion, whole);
      store(block, conversion, y + at, load(conversion, x + whole * from, lanes(left)), left);
    }
  }
}

static inline __attribute__((always_inline)) void run(const struct reorder_block *block,
                                                      const enum conversion conversion) {
  if (block->transposes) {
    run_transposed(block, conversion);
  } else {
    run_rows(block, conversion);
  }
}

void reorder_f32_avx512(const struct reorder_block *call) {
  const struct reorder_block copy = *call, *block = &copy; // which stores to y cannot change
  REORDER_BY_CONVERSION(run, block)
}
