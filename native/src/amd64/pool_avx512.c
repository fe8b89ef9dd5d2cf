// pool_avx512.c -- poolings of 64 channels at a time, and the last ones under a mask
//   max       m = x unless x <= m or m is NaN, from -inf (f32) or the least byte
//   average   f32: sum from 0 over count; bytes: rint of the same, (x - zero) summed as integers
//   gradient  max: dy to the first tap whose x won; average: dy * (1 / count) to each tap
//   layout:    channels side by side; a span of outputs, see pool.h
//
//                   | c0 .. c15 | c16 .. c31 | c32 .. c47 | c48 .. c63 |   f32: four zmm, bytes: one
//              taps |     .     |      .     |      .     |      .     |   each read once, in order, from (kh, kw) = 0
//
//   registers: f32: zmm0-3 m or sum. Bytes: zmm0 m; zmm0-1 sums of 16 bits, zmm2-5 of 32. Gradient of max: zmm0 m,
//              zmm1 the tap that won
//   overflow:  sums of bytes are widened after 257, and exact; their quotient in f32 as in pool_scalar.c
//   reads:     the channels of the taps, exactly; asks for more, which cannot fault
//   target:    AVX-512 BW
//   truth: scalar/pool_scalar.c    test: pool_test    bench: bench/lab/pool_lab.c
#include "../pool.h"
#include "amd64.h"

#include <immintrin.h>

enum { LANES = 16, BLOCK = 64 };

static inline __mmask16 lanes_from(int64_t channels) {
  return (__mmask16)(channels >= LANES ? 0xffff : channels > 0 ? (1 << channels) - 1 : 0);
}

static inline __attribute__((always_inline)) __m512 load(const void *at, __mmask16 mask, const bool whole) {
  return whole ? _mm512_loadu_ps(at) : _mm512_maskz_loadu_ps(mask, at);
}

static inline __attribute__((always_inline)) void store(void *at, __mmask16 mask, const bool whole, __m512 value) {
  if (whole) {
    _mm512_storeu_ps(at, value);
  } else {
    _mm512_mask_storeu_ps(at, mask, value);
  }
}

// Those lanes in which x becomes the greatest.
static inline __mmask16 wins(__m512 m, __m512 x) {
  return _mm512_mask_cmp_ps_mask(_mm512_cmp_ps_mask(m, m, _CMP_ORD_Q), x, m, _CMP_NLE_UQ);
}

static inline __m512 greater(__m512 m, __m512 x) {
  return _mm512_mask_mov_ps(m, wins(m, x), x);
}

// One output of some registers of channels, whose number is a constant.
static inline __attribute__((always_inline)) void f32_block(const struct pool_span *span, const uint8_t *x, float *y,
                                                            const int registers, __mmask16 mask, const bool whole,
                                                            const bool max, const bool is_2x2) {
  const int64_t rows = is_2x2 ? SIDE : span->rows, cols = is_2x2 ? SIDE : span->cols;
  __m512 sums[4];
#pragma GCC unroll 4
  for (int i = 0; i < registers; i++) {
    sums[i] = _mm512_set1_ps(max ? -INFINITY : 0);
  }
#pragma GCC unroll 2
  for (int64_t row = 0; row < rows; row++) {
    const uint8_t *at = x + row * span->x_row;
#pragma GCC unroll 2
    for (int64_t col = 0; col < cols; col++, at += span->x_col) {
#pragma GCC unroll 4
      for (int i = 0; i < registers; i++) {
        const float *from = (const float *)at + i * LANES;
        const __m512 value = load(from, mask, whole);
        if (is_2x2) {
          pool_ask_to_read(from, SIDE * span->x_row);
        }
        sums[i] = max ? greater(sums[i], value) : _mm512_add_ps(sums[i], value);
      }
    }
  }
  const __m512 count = _mm512_set1_ps((float)span->count);
#pragma GCC unroll 4
  for (int i = 0; i < registers; i++) {
    store(y + i * LANES, mask, whole, max ? sums[i] : _mm512_div_ps(sums[i], count));
  }
}

static inline __attribute__((always_inline)) void run_floats(const struct pool_span *span, const bool max,
                                                             const bool is_2x2) {
  const int64_t blocks = span->channels / BLOCK * BLOCK, whole = span->channels / LANES * LANES;
  const __mmask16 rest = lanes_from(span->channels - whole);
  for (int64_t output = 0; output < span->outputs; output++) {
    const uint8_t *x = span->x + output * span->x_step;
    float *y = (float *)(span->y + output * span->y_step);
    for (int64_t c = 0; c < blocks; c += BLOCK) {
      f32_block(span, x + c * 4, y + c, 4, 0, true, max, is_2x2);
    }
    for (int64_t c = blocks; c < whole; c += LANES) {
      f32_block(span, x + c * 4, y + c, 1, 0, true, max, is_2x2);
    }
    if (whole < span->channels) {
      f32_block(span, x + whole * 4, y + whole, 1, rest, false, max, is_2x2);
    }
  }
}

static inline __attribute__((always_inline)) void run_windows(const struct pool_span *call, const bool max) {
  const struct pool_span copy = *call; // which stores to y cannot change
  if (pool_is_2x2(&copy)) {
    run_floats(&copy, max, true);
  } else {
    run_floats(&copy, max, false);
  }
}

void pool_max_f32_avx512(const struct pool_span *call) {
  run_windows(call, true);
}

void pool_average_f32_avx512(const struct pool_span *call) {
  run_windows(call, false);
}

static inline __mmask64 bytes_from(int64_t channels) {
  return channels >= BLOCK ? ~(__mmask64)0 : ((__mmask64)1 << channels) - 1;
}

static inline __attribute__((always_inline)) void max_bytes(const struct pool_span *span, const uint8_t *x, uint8_t *y,
                                                            __mmask64 mask, const bool is_signed) {
  __m512i m = _mm512_set1_epi8(is_signed ? INT8_MIN : 0);
  for (int64_t row = 0; row < span->rows; row++) {
    const uint8_t *at = x + row * span->x_row;
    for (int64_t col = 0; col < span->cols; col++, at += span->x_col) {
      const __m512i value = _mm512_maskz_loadu_epi8(mask, at);
      m = is_signed ? _mm512_max_epi8(m, value) : _mm512_max_epu8(m, value);
    }
  }
  _mm512_mask_storeu_epi8(y, mask, m);
}

void pool_max_u8_avx512(const struct pool_span *call) {
  const struct pool_span copy = *call, *span = &copy; // which stores to y cannot change
  for (int64_t output = 0; output < span->outputs; output++) {
    const uint8_t *x = span->x + output * span->x_step;
    uint8_t *y = span->y + output * span->y_step;
    for (int64_t c = 0; c < span->channels; c += BLOCK) {
      const __mmask64 mask = bytes_from(span->channels - c);
      if (span->is_signed) {
        max_bytes(span, x + c, y + c, mask, true);
      } else {
        max_bytes(span, x + c, y + c, mask, false);
      }
    }
  }
}

// Sums of 64 channels, 16 to a register.
struct sums {
  __m512i of[4];
};

static inline __attribute__((always_inline)) void add_u16(struct sums *sums, __m512i low, __m512i high) {
  sums->of[0] = _mm512_add_epi32(sums->of[0], _mm512_cvtepu16_epi32(_mm512_castsi512_si256(low)));
  sums->of[1] = _mm512_add_epi32(sums->of[1], _mm512_cvtepu16_epi32(_mm512_extracti64x4_epi64(low, 1)));
  sums->of[2] = _mm512_add_epi32(sums->of[2], _mm512_cvtepu16_epi32(_mm512_castsi512_si256(high)));
  sums->of[3] = _mm512_add_epi32(sums->of[3], _mm512_cvtepu16_epi32(_mm512_extracti64x4_epi64(high, 1)));
}

static inline __attribute__((always_inline)) struct sums sum_bytes(const struct pool_span *span, const uint8_t *x,
                                                                   __mmask64 mask) {
  const __m512i zero = _mm512_setzero_si512(), flip = _mm512_set1_epi8((char)pool_flip(span));
  struct sums sums = {{zero, zero, zero, zero}};
  __m512i low = zero, high = zero;
  int64_t held = 0;
  for (int64_t row = 0; row < span->rows; row++) {
    const uint8_t *at = x + row * span->x_row;
    for (int64_t col = 0; col < span->cols; col++, at += span->x_col) {
      const __m512i value = _mm512_xor_si512(_mm512_maskz_loadu_epi8(mask, at), flip);
      low = _mm512_add_epi16(low, _mm512_cvtepu8_epi16(_mm512_castsi512_si256(value)));
      high = _mm512_add_epi16(high, _mm512_cvtepu8_epi16(_mm512_extracti64x4_epi64(value, 1)));
      if (++held == BYTES_IN_U16) {
        add_u16(&sums, low, high);
        low = high = zero, held = 0;
      }
    }
  }
  add_u16(&sums, low, high);
  return sums;
}

static inline __attribute__((always_inline)) void average_bytes(const struct pool_span *span, const uint8_t *x,
                                                                uint8_t *y, int64_t channels) {
  const int32_t zero = pool_zero(span);
  const __m512i zeros = _mm512_set1_epi32(zero * (int32_t)(span->rows * span->cols));
  const __m512 count = _mm512_set1_ps((float)span->count);
  const __m128i flip = _mm_set1_epi8((char)pool_flip(span));
  const struct sums sums = sum_bytes(span, x, bytes_from(channels));
#pragma GCC unroll 4
  for (int i = 0; i < 4; i++) {
    const __m512 sum = _mm512_cvtepi32_ps(_mm512_sub_epi32(sums.of[i], zeros));
    const __m512i average =
        _mm512_cvt_roundps_epi32(_mm512_div_ps(sum, count), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    const __m128i bytes = _mm512_cvtepi32_epi8(_mm512_add_epi32(average, _mm512_set1_epi32(zero)));
    _mm_mask_storeu_epi8(y + i * LANES, lanes_from(channels - i * LANES), _mm_xor_si128(bytes, flip));
  }
}

void pool_average_u8_avx512(const struct pool_span *call) {
  const struct pool_span copy = *call, *span = &copy; // which stores to y cannot change
  for (int64_t output = 0; output < span->outputs; output++) {
    const uint8_t *x = span->x + output * span->x_step;
    uint8_t *y = span->y + output * span->y_step;
    for (int64_t c = 0; c < span->channels; c += BLOCK) {
      average_bytes(span, x + c, y + c, span->channels - c);
    }
  }
}

// The tap whose x won, counted through the window.
static inline __attribute__((always_inline)) __m512i winners(const struct pool_span *span, const uint8_t *x,
                                                             __mmask16 mask, const bool whole,
                                                             const enum pool_windows windows) {
  const int64_t rows = windows == TILES_2X2 ? SIDE : span->rows, cols = windows == TILES_2X2 ? SIDE : span->cols;
  __m512 m = _mm512_set1_ps(-INFINITY);
  __m512i won = _mm512_setzero_si512();
  int32_t tap = 0;
#pragma GCC unroll 2
  for (int64_t row = 0; row < rows; row++) {
    const uint8_t *at = x + row * span->x_row;
#pragma GCC unroll 2
    for (int64_t col = 0; col < cols; col++, at += span->x_col, tap++) {
      const __m512 value = load(at, mask, whole);
      if (windows == TILES_2X2) {
        pool_ask_to_read(at, SIDE * span->x_row);
      }
      const __mmask16 winning = wins(m, value);
      m = _mm512_mask_mov_ps(m, winning, value);
      won = _mm512_mask_mov_epi32(won, winning, _mm512_set1_epi32(tap));
    }
  }
  return won;
}

// Of tiles all lanes are written, of others those that won.
static inline __attribute__((always_inline)) void add_to_winners(const struct pool_span *span, __m512i won, __m512 dy,
                                                                 uint8_t *dx, __mmask16 mask, const bool whole,
                                                                 const enum pool_windows windows) {
  const int64_t begin = windows == TILES_2X2 ? 0 : span->add_begin, end = windows == TILES_2X2 ? SIDE : span->add_end;
  const int64_t cols = windows == TILES_2X2 ? SIDE : span->cols;
  const __m512 added = _mm512_add_ps(_mm512_setzero_ps(), dy);
  int32_t tap = (int32_t)(begin * cols);
#pragma GCC unroll 2
  for (int64_t row = begin; row < end; row++) {
    uint8_t *at = dx + row * span->y_row;
#pragma GCC unroll 2
    for (int64_t col = 0; col < cols; col++, at += span->y_col, tap++) {
      const __mmask16 here = _mm512_mask_cmpeq_epi32_mask(mask, won, _mm512_set1_epi32(tap));
      if (windows == ANY) {
        _mm512_mask_storeu_ps(at, here, _mm512_add_ps(_mm512_maskz_loadu_ps(here, at), dy));
      } else {
        store(at, mask, whole, _mm512_maskz_mov_ps(here, added));
      }
      if (windows == TILES_2X2) {
        pool_ask_to_write(at, SIDE * span->y_row);
      }
    }
  }
}

static inline __attribute__((always_inline)) void max_backward_lanes(const struct pool_span *span, const uint8_t *x,
                                                                     const float *dy, uint8_t *dx, __mmask16 mask,
                                                                     const bool whole,
                                                                     const enum pool_windows windows) {
  const __m512 part = load(dy, mask, whole);
  add_to_winners(span, winners(span, x, mask, whole, windows), part, dx, mask, whole, windows);
}

static inline __attribute__((always_inline)) void max_backward(const struct pool_span *span,
                                                               const enum pool_windows windows) {
  const int64_t whole = span->channels / LANES * LANES;
  const __mmask16 rest = lanes_from(span->channels - whole);
  for (int64_t output = 0; output < span->outputs; output++) {
    const uint8_t *x = span->x + output * span->x_step;
    const float *dy = (const float *)(span->dy + output * span->dy_step);
    uint8_t *dx = span->y + output * span->y_step;
    for (int64_t c = 0; c < whole; c += LANES) {
      max_backward_lanes(span, x + c * 4, dy + c, dx + c * 4, 0xffff, true, windows);
    }
    if (whole < span->channels) {
      max_backward_lanes(span, x + whole * 4, dy + whole, dx + whole * 4, rest, false, windows);
    }
  }
}

void pool_max_backward_f32_avx512(const struct pool_span *call) {
  const struct pool_span copy = *call; // which stores to y cannot change
  switch (pool_windows_of(&copy)) {
  case TILES_2X2:
    max_backward(&copy, TILES_2X2);
    break;
  case TILES:
    max_backward(&copy, TILES);
    break;
  default:
    max_backward(&copy, ANY);
  }
}

static inline __attribute__((always_inline)) void average_backward_lanes(const struct pool_span *span, __m512 part,
                                                                         uint8_t *dx, __mmask16 mask, const bool whole,
                                                                         const bool are_tiles) {
  for (int64_t row = span->add_begin; row < span->add_end; row++) {
    uint8_t *at = dx + row * span->y_row;
    for (int64_t col = 0; col < span->cols; col++, at += span->y_col) {
      store(at, mask, whole, _mm512_add_ps(are_tiles ? _mm512_setzero_ps() : load(at, mask, whole), part));
    }
  }
}

static inline __attribute__((always_inline)) void average_backward(const struct pool_span *span, const bool are_tiles) {
  const __m512 share = _mm512_set1_ps(1.0f / (float)span->count);
  const int64_t whole = span->channels / LANES * LANES;
  const __mmask16 rest = lanes_from(span->channels - whole);
  for (int64_t output = 0; output < span->outputs; output++) {
    const float *dy = (const float *)(span->dy + output * span->dy_step);
    uint8_t *dx = span->y + output * span->y_step;
    for (int64_t c = 0; c < whole; c += LANES) {
      average_backward_lanes(span, _mm512_mul_ps(_mm512_loadu_ps(dy + c), share), dx + c * 4, 0xffff, true, are_tiles);
    }
    if (whole < span->channels) {
      const __m512 part = _mm512_mul_ps(_mm512_maskz_loadu_ps(rest, dy + whole), share);
      average_backward_lanes(span, part, dx + whole * 4, rest, false, are_tiles);
    }
  }
}

void pool_average_backward_f32_avx512(const struct pool_span *call) {
  const struct pool_span copy = *call; // which stores to y cannot change
  if (copy.are_tiles) {
    average_backward(&copy, true);
  } else {
    average_backward(&copy, false);
  }
}
