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
//   reads:     the channels of the taps, exactly
//   target:    AVX-512 BW
//   truth: scalar/pool_scalar.c    test: pool_test    bench: bench/lab/pool_lab.c
#include "../pool.h"
#include "amd64.h"

#include <immintrin.h>

enum { LANES = 16, BLOCK = 64 };

static inline __mmask16 lanes_from(int64_t channels) {
  return (__mmask16)(channels >= LANES ? 0xffff : channels > 0 ? (1 << channels) - 1 : 0);
}

static inline __m512 greater(__m512 m, __m512 x) {
  const __mmask16 number = _mm512_cmp_ps_mask(m, m, _CMP_ORD_Q);
  return _mm512_mask_mov_ps(m, _mm512_mask_cmp_ps_mask(number, x, m, _CMP_NLE_UQ), x);
}

// One output of up to 64 channels, whose number of registers is a constant.
static inline __attribute__((always_inline)) void f32_block(const struct pool_span *span, const uint8_t *x, float *y,
                                                            const int registers, __mmask16 last, const bool max) {
  __m512 sums[4];
#pragma GCC unroll 4
  for (int i = 0; i < registers; i++) {
    sums[i] = _mm512_set1_ps(max ? -INFINITY : 0);
  }
  for (int64_t row = 0; row < span->rows; row++) {
    const uint8_t *at = x + row * span->x_row;
    for (int64_t col = 0; col < span->cols; col++, at += span->x_col) {
#pragma GCC unroll 4
      for (int i = 0; i < registers; i++) {
        const __mmask16 mask = i + 1 == registers ? last : (__mmask16)0xffff;
        const __m512 value = _mm512_maskz_loadu_ps(mask, (const float *)at + i * LANES);
        sums[i] = max ? greater(sums[i], value) : _mm512_add_ps(sums[i], value);
      }
    }
  }
  const __m512 count = _mm512_set1_ps((float)span->count);
#pragma GCC unroll 4
  for (int i = 0; i < registers; i++) {
    const __mmask16 mask = i + 1 == registers ? last : (__mmask16)0xffff;
    _mm512_mask_storeu_ps(y + i * LANES, mask, max ? sums[i] : _mm512_div_ps(sums[i], count));
  }
}

static inline __attribute__((always_inline)) void run_floats(const struct pool_span *span, const bool max) {
  const int64_t whole = span->channels / BLOCK * BLOCK;
  for (int64_t output = 0; output < span->outputs; output++) {
    const uint8_t *x = span->x + output * span->x_step;
    float *y = (float *)(span->y + output * span->y_step);
    for (int64_t c = 0; c < whole; c += BLOCK) {
      f32_block(span, x + c * 4, y + c, 4, 0xffff, max);
    }
    for (int64_t c = whole; c < span->channels; c += LANES) {
      f32_block(span, x + c * 4, y + c, 1, lanes_from(span->channels - c), max);
    }
  }
}

void pool_max_f32_avx512(const struct pool_span *call) {
  const struct pool_span copy = *call, *span = &copy; // which stores to y cannot change
  run_floats(span, true);
}

void pool_average_f32_avx512(const struct pool_span *call) {
  const struct pool_span copy = *call, *span = &copy; // which stores to y cannot change
  run_floats(span, false);
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
static inline __m512i winners(const struct pool_span *span, const uint8_t *x, __mmask16 mask) {
  __m512 m = _mm512_set1_ps(-INFINITY);
  __m512i won = _mm512_setzero_si512();
  int32_t tap = 0;
  for (int64_t row = 0; row < span->rows; row++) {
    const uint8_t *at = x + row * span->x_row;
    for (int64_t col = 0; col < span->cols; col++, at += span->x_col, tap++) {
      const __m512 value = _mm512_maskz_loadu_ps(mask, at);
      const __mmask16 number = _mm512_cmp_ps_mask(m, m, _CMP_ORD_Q);
      const __mmask16 wins = _mm512_mask_cmp_ps_mask(number, value, m, _CMP_NLE_UQ);
      m = _mm512_mask_mov_ps(m, wins, value);
      won = _mm512_mask_mov_epi32(won, wins, _mm512_set1_epi32(tap));
    }
  }
  return won;
}

static inline __attribute__((always_inline)) void add_to_winners(const struct pool_span *span, __m512i won, __m512 dy,
                                                                 uint8_t *dx, __mmask16 mask, const bool are_tiles) {
  const __m512 zero = _mm512_setzero_ps();
  int32_t tap = (int32_t)(span->add_begin * span->cols);
  for (int64_t row = span->add_begin; row < span->add_end; row++) {
    uint8_t *at = dx + row * span->y_row;
    for (int64_t col = 0; col < span->cols; col++, at += span->y_col, tap++) {
      const __mmask16 here = _mm512_mask_cmpeq_epi32_mask(mask, won, _mm512_set1_epi32(tap));
      const __m512 sum = _mm512_maskz_add_ps(here, are_tiles ? zero : _mm512_maskz_loadu_ps(here, at), dy);
      _mm512_mask_storeu_ps(at, are_tiles ? mask : here, sum);
    }
  }
}

static inline __attribute__((always_inline)) void max_backward(const struct pool_span *span, const bool are_tiles) {
  for (int64_t output = 0; output < span->outputs; output++) {
    const uint8_t *x = span->x + output * span->x_step, *dy = span->dy + output * span->dy_step;
    uint8_t *dx = span->y + output * span->y_step;
    for (int64_t c = 0; c < span->channels; c += LANES) {
      const __mmask16 mask = lanes_from(span->channels - c);
      const __m512 part = _mm512_maskz_loadu_ps(mask, dy + c * 4);
      add_to_winners(span, winners(span, x + c * 4, mask), part, dx + c * 4, mask, are_tiles);
    }
  }
}

void pool_max_backward_f32_avx512(const struct pool_span *call) {
  const struct pool_span copy = *call; // which stores to y cannot change
  if (copy.are_tiles) {
    max_backward(&copy, true);
  } else {
    max_backward(&copy, false);
  }
}

static inline __attribute__((always_inline)) void average_backward(const struct pool_span *span, const bool are_tiles) {
  const __m512 share = _mm512_set1_ps(1.0f / (float)span->count), zero = _mm512_setzero_ps();
  for (int64_t output = 0; output < span->outputs; output++) {
    const uint8_t *dy = span->dy + output * span->dy_step;
    uint8_t *dx = span->y + output * span->y_step;
    for (int64_t c = 0; c < span->channels; c += LANES) {
      const __mmask16 mask = lanes_from(span->channels - c);
      const __m512 part = _mm512_mul_ps(_mm512_maskz_loadu_ps(mask, dy + c * 4), share);
      for (int64_t row = span->add_begin; row < span->add_end; row++) {
        uint8_t *at = dx + row * span->y_row + c * 4;
        for (int64_t col = 0; col < span->cols; col++, at += span->y_col) {
          const __m512 before = are_tiles ? zero : _mm512_maskz_loadu_ps(mask, at);
          _mm512_mask_storeu_ps(at, mask, _mm512_add_ps(before, part));
        }
      }
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
