// pool_avx2.c -- poolings of 8 floats, or of 32 and 16 bytes, at a time; the last bytes in plain C
//   max       m = x unless x <= m or m is NaN, from -inf (f32) or the least byte
//   average   f32: sum from 0 over count; bytes: rint of the same, (x - zero) summed as integers
//   gradient  max: dy to the first tap whose x won; average: dy * (1 / count) to each tap
//   layout:    channels side by side; a span of outputs, see pool.h
//
//                   | c0 .. c7 | c8 .. c15 | c16 .. c23 | c24 .. c31 |   f32: four ymm, bytes: one
//              taps |     .    |      .    |      .     |      .     |   each read once, in order, from (kh, kw) = 0
//
//   registers: f32: ymm0-3 m or sum. Bytes: ymm0 m; ymm0 sums of 16 bits, ymm1-2 of 32. Gradient of max: ymm0 m, ymm1
//              the tap that won
//   overflow:  sums of bytes are widened after 257, and exact; their quotient in f32 as in pool_scalar.c
//   reads:     the channels of the taps, exactly; the last ones of f32 under a mask; asks for more, which cannot fault
//   target:    AVX2
//   truth: scalar/pool_scalar.c    test: pool_test    bench: bench/lab/pool_lab.c
#include "../pool.h"
#include "../scalar/scalar.h"
#include "amd64.h"
#include "mask_avx2.h"

enum { LANES = 8, BLOCK = 32, SUMMED = 16 };

// Those lanes in which m stays.
static inline __m256 stays(__m256 m, __m256 x) {
  return _mm256_or_ps(_mm256_cmp_ps(x, m, _CMP_LE_OQ), _mm256_cmp_ps(m, m, _CMP_UNORD_Q));
}

// One output of up to 32 channels, whose number of registers is a constant.
static inline __attribute__((always_inline)) void f32_block(const struct pool_span *span, const uint8_t *x, float *y,
                                                            const int registers, __m256i mask, const bool whole,
                                                            const bool max, const bool is_2x2) {
  const int64_t rows = is_2x2 ? SIDE : span->rows, cols = is_2x2 ? SIDE : span->cols;
  __m256 sums[4];
#pragma GCC unroll 4
  for (int i = 0; i < registers; i++) {
    sums[i] = _mm256_set1_ps(max ? -INFINITY : 0);
  }
#pragma GCC unroll 2
  for (int64_t row = 0; row < rows; row++) {
    const uint8_t *at = x + row * span->x_row;
#pragma GCC unroll 2
    for (int64_t col = 0; col < cols; col++, at += span->x_col) {
#pragma GCC unroll 4
      for (int i = 0; i < registers; i++) {
        const float *from = (const float *)at + i * LANES;
        const __m256 value = whole ? _mm256_loadu_ps(from) : _mm256_maskload_ps(from, mask);
        if (is_2x2) {
          pool_ask_to_read(from, SIDE * span->x_row);
        }
        sums[i] = max ? _mm256_blendv_ps(value, sums[i], stays(sums[i], value)) : _mm256_add_ps(sums[i], value);
      }
    }
  }
  const __m256 count = _mm256_set1_ps((float)span->count);
#pragma GCC unroll 4
  for (int i = 0; i < registers; i++) {
    store_avx2(y + i * LANES, mask, whole, max ? sums[i] : _mm256_div_ps(sums[i], count));
  }
}

static inline __attribute__((always_inline)) void run_floats(const struct pool_span *span, const bool max,
                                                             const bool is_2x2) {
  const int64_t blocks = span->channels / BLOCK * BLOCK, whole = span->channels / LANES * LANES;
  const __m256i all = mask_avx2(LANES), rest = mask_avx2(span->channels - whole);
  for (int64_t output = 0; output < span->outputs; output++) {
    const uint8_t *x = span->x + output * span->x_step;
    float *y = (float *)(span->y + output * span->y_step);
    for (int64_t c = 0; c < blocks; c += BLOCK) {
      f32_block(span, x + c * 4, y + c, 4, all, true, max, is_2x2);
    }
    for (int64_t c = blocks; c < whole; c += LANES) {
      f32_block(span, x + c * 4, y + c, 1, all, true, max, is_2x2);
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

void pool_max_f32_avx2(const struct pool_span *call) {
  run_windows(call, true);
}

void pool_average_f32_avx2(const struct pool_span *call) {
  run_windows(call, false);
}

static inline __attribute__((always_inline)) void max_bytes(const struct pool_span *span, const uint8_t *x, uint8_t *y,
                                                            const bool is_signed) {
  __m256i m = _mm256_set1_epi8(is_signed ? INT8_MIN : 0);
  for (int64_t row = 0; row < span->rows; row++) {
    const uint8_t *at = x + row * span->x_row;
    for (int64_t col = 0; col < span->cols; col++, at += span->x_col) {
      const __m256i value = _mm256_loadu_si256((const __m256i *)at);
      m = is_signed ? _mm256_max_epi8(m, value) : _mm256_max_epu8(m, value);
    }
  }
  _mm256_storeu_si256((__m256i *)y, m);
}

static void max_bytes_outputs(const struct pool_span *span, int64_t whole) {
  for (int64_t output = 0; output < span->outputs; output++) {
    const uint8_t *x = span->x + output * span->x_step;
    uint8_t *y = span->y + output * span->y_step;
    for (int64_t c = 0; c < whole; c += BLOCK) {
      if (span->is_signed) {
        max_bytes(span, x + c, y + c, true);
      } else {
        max_bytes(span, x + c, y + c, false);
      }
    }
  }
}

void pool_max_u8_avx2(const struct pool_span *call) {
  const struct pool_span copy = *call, *span = &copy; // which stores to y cannot change
  const int64_t whole = span->channels / BLOCK * BLOCK;
  const struct pool_span rest = pool_rest(span, whole, 1);
  max_bytes_outputs(span, whole);
  pool_max_u8_scalar(&rest);
}

// Sums of 16 channels, eight to a register.
struct sums {
  __m256i of[2];
};

static inline __attribute__((always_inline)) void add_u16(struct sums *sums, __m256i held) {
  sums->of[0] = _mm256_add_epi32(sums->of[0], _mm256_cvtepu16_epi32(_mm256_castsi256_si128(held)));
  sums->of[1] = _mm256_add_epi32(sums->of[1], _mm256_cvtepu16_epi32(_mm256_extracti128_si256(held, 1)));
}

static inline __attribute__((always_inline)) struct sums sum_bytes(const struct pool_span *span, const uint8_t *x) {
  const __m128i flip = _mm_set1_epi8((char)pool_flip(span));
  struct sums sums = {{_mm256_setzero_si256(), _mm256_setzero_si256()}};
  __m256i sum = _mm256_setzero_si256();
  int64_t held = 0;
  for (int64_t row = 0; row < span->rows; row++) {
    const uint8_t *at = x + row * span->x_row;
    for (int64_t col = 0; col < span->cols; col++, at += span->x_col) {
      const __m128i value = _mm_xor_si128(_mm_loadu_si128((const __m128i *)at), flip);
      sum = _mm256_add_epi16(sum, _mm256_cvtepu8_epi16(value));
      if (++held == BYTES_IN_U16) {
        add_u16(&sums, sum);
        sum = _mm256_setzero_si256(), held = 0;
      }
    }
  }
  add_u16(&sums, sum);
  return sums;
}

static inline __m256i average_of(const struct pool_span *span, __m256i sum) {
  const int32_t zero = pool_zero(span);
  const __m256i zeros = _mm256_set1_epi32(zero * (int32_t)(span->rows * span->cols));
  const __m256 real = _mm256_cvtepi32_ps(_mm256_sub_epi32(sum, zeros));
  const __m256 quotient = _mm256_div_ps(real, _mm256_set1_ps((float)span->count));
  const __m256 average = _mm256_round_ps(quotient, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  return _mm256_add_epi32(_mm256_cvtps_epi32(average), _mm256_set1_epi32(zero));
}

static inline __attribute__((always_inline)) void average_bytes(const struct pool_span *span, const uint8_t *x,
                                                                uint8_t *y) {
  const __m128i flip = _mm_set1_epi8((char)pool_flip(span));
  const struct sums sums = sum_bytes(span, x);
  const __m256i words = _mm256_packus_epi32(average_of(span, sums.of[0]), average_of(span, sums.of[1]));
  const __m256i ordered = _mm256_permute4x64_epi64(words, 0xd8); // packing goes by halves
  const __m128i bytes = _mm_packus_epi16(_mm256_castsi256_si128(ordered), _mm256_extracti128_si256(ordered, 1));
  _mm_storeu_si128((__m128i *)y, _mm_xor_si128(bytes, flip));
}

void pool_average_u8_avx2(const struct pool_span *call) {
  const struct pool_span copy = *call, *span = &copy; // which stores to y cannot change
  const int64_t whole = span->channels / SUMMED * SUMMED;
  const struct pool_span rest = pool_rest(span, whole, 1);
  for (int64_t output = 0; output < span->outputs; output++) {
    for (int64_t c = 0; c < whole; c += SUMMED) {
      average_bytes(span, span->x + output * span->x_step + c, span->y + output * span->y_step + c);
    }
  }
  pool_average_u8_scalar(&rest);
}

// The tap whose x won, counted through the window.
static inline __attribute__((always_inline)) __m256i winners(const struct pool_span *span, const uint8_t *x,
                                                             __m256i mask, const enum pool_windows windows) {
  const int64_t rows = windows == TILES_2X2 ? SIDE : span->rows, cols = windows == TILES_2X2 ? SIDE : span->cols;
  __m256 m = _mm256_set1_ps(-INFINITY);
  __m256 won = _mm256_setzero_ps();
  int32_t tap = 0;
#pragma GCC unroll 2
  for (int64_t row = 0; row < rows; row++) {
    const uint8_t *at = x + row * span->x_row;
#pragma GCC unroll 2
    for (int64_t col = 0; col < cols; col++, at += span->x_col, tap++) {
      const __m256 value = _mm256_maskload_ps((const float *)at, mask), keeps = stays(m, value);
      if (windows == TILES_2X2) {
        pool_ask_to_read(at, SIDE * span->x_row);
      }
      m = _mm256_blendv_ps(value, m, keeps);
      won = _mm256_blendv_ps(_mm256_castsi256_ps(_mm256_set1_epi32(tap)), won, keeps);
    }
  }
  return _mm256_castps_si256(won);
}

// Other rows of dx are another range's, but the columns between its windows are not: all lanes are written.
static inline __attribute__((always_inline)) void add_to_winners(const struct pool_span *span, __m256i won, __m256 dy,
                                                                 uint8_t *dx, __m256i mask, const bool whole,
                                                                 const enum pool_windows windows) {
  const __m256 zero = _mm256_setzero_ps(), added = _mm256_add_ps(zero, dy);
  const int64_t begin = windows == TILES_2X2 ? 0 : span->add_begin, end = windows == TILES_2X2 ? SIDE : span->add_end;
  const int64_t cols = windows == TILES_2X2 ? SIDE : span->cols;
  int32_t tap = (int32_t)(begin * cols);
#pragma GCC unroll 2
  for (int64_t row = begin; row < end; row++) {
    uint8_t *at = dx + row * span->y_row;
#pragma GCC unroll 2
    for (int64_t col = 0; col < cols; col++, at += span->y_col, tap++) {
      const __m256i here = _mm256_cmpeq_epi32(won, _mm256_set1_epi32(tap));
      const __m256 part = _mm256_and_ps(_mm256_castsi256_ps(here), added);
      const __m256 before = windows == ANY ? _mm256_maskload_ps((const float *)at, mask) : zero;
      store_avx2((float *)at, mask, whole, windows == ANY ? _mm256_add_ps(before, part) : part);
      if (windows == TILES_2X2) {
        pool_ask_to_write(at, SIDE * span->y_row);
      }
    }
  }
}

static inline __attribute__((always_inline)) void max_backward_lanes(const struct pool_span *span, const uint8_t *x,
                                                                     const float *dy, uint8_t *dx, __m256i mask,
                                                                     const bool whole,
                                                                     const enum pool_windows windows) {
  const __m256 part = _mm256_maskload_ps(dy, mask);
  add_to_winners(span, winners(span, x, mask, windows), part, dx, mask, whole, windows);
}

static inline __attribute__((always_inline)) void max_backward(const struct pool_span *span,
                                                               const enum pool_windows windows) {
  const int64_t whole = span->channels / LANES * LANES;
  const __m256i all = mask_avx2(LANES), rest = mask_avx2(span->channels - whole);
  for (int64_t output = 0; output < span->outputs; output++) {
    const uint8_t *x = span->x + output * span->x_step;
    const float *dy = (const float *)(span->dy + output * span->dy_step);
    uint8_t *dx = span->y + output * span->y_step;
    for (int64_t c = 0; c < whole; c += LANES) {
      max_backward_lanes(span, x + c * 4, dy + c, dx + c * 4, all, true, windows);
    }
    if (whole < span->channels) {
      max_backward_lanes(span, x + whole * 4, dy + whole, dx + whole * 4, rest, false, windows);
    }
  }
}

void pool_max_backward_f32_avx2(const struct pool_span *call) {
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

static inline __attribute__((always_inline)) void average_backward_lanes(const struct pool_span *span, __m256 part,
                                                                         uint8_t *dx, __m256i mask, const bool whole,
                                                                         const bool are_tiles) {
  for (int64_t row = span->add_begin; row < span->add_end; row++) {
    uint8_t *at = dx + row * span->y_row;
    for (int64_t col = 0; col < span->cols; col++, at += span->y_col) {
      const __m256 before = are_tiles ? _mm256_setzero_ps() : _mm256_maskload_ps((const float *)at, mask);
      store_avx2((float *)at, mask, whole, _mm256_add_ps(before, part));
    }
  }
}

static inline __attribute__((always_inline)) void average_backward(const struct pool_span *span, const bool are_tiles) {
  const __m256 share = _mm256_set1_ps(1.0f / (float)span->count);
  const int64_t whole = span->channels / LANES * LANES;
  for (int64_t output = 0; output < span->outputs; output++) {
    const float *dy = (const float *)(span->dy + output * span->dy_step);
    uint8_t *dx = span->y + output * span->y_step;
    for (int64_t c = 0; c < whole; c += LANES) {
      const __m256 part = _mm256_mul_ps(_mm256_loadu_ps(dy + c), share);
      average_backward_lanes(span, part, dx + c * 4, mask_avx2(LANES), true, are_tiles);
    }
    if (whole < span->channels) {
      const __m256i rest = mask_avx2(span->channels - whole);
      const __m256 part = _mm256_mul_ps(_mm256_maskload_ps(dy + whole, rest), share);
      average_backward_lanes(span, part, dx + whole * 4, rest, false, are_tiles);
    }
  }
}

void pool_average_backward_f32_avx2(const struct pool_span *call) {
  const struct pool_span copy = *call; // which stores to y cannot change
  if (copy.are_tiles) {
    average_backward(&copy, true);
  } else {
    average_backward(&copy, false);
  }
}
