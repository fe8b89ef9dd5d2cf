// depthwise_u8s8s32_1x16_avx2.c -- depthwise convolution of bytes, two taps of a row in each vpmaddwd
//   acc[p][c] = seed[c] + sum over kh, kw of x[kh][p][kw][c] * w[kh][kw][c], then the epilogue
//   layout:    s16_c16k2: [C/16][KH][KW/2][16][2] s16; band: [p][KW/2][16][2] s16, bytes of two columns interleaved and
//              widened, which keeps the order of the channels
//   registers: ymm 2 acc, 2 products; with zero points of B 2 sums
//   floor:     of 16 outputs, 3x3: 12 products, 12 additions, some 20 of the epilogue on three ports
//   overflow:  2 * 255 * 128 fits a sum of two; then modulo 2^32. vpmaddubsw would saturate
//   reads:     rows of x to the last channel, a rest of channels through a copy
//   target:    AVX2
//   truth: scalar/depthwise_u8s8s32_1x16_scalar.c    test: conv2d_test    bench: scripts/bench conv
#include "../depthwise_pairs.h"

#include "amd64.h"
#include "epilogue_avx2.h"

enum { HALVES = 2, TILE_POSITIONS = 8 };

static inline __m128i load_column(const struct depthwise_row *row, int64_t col) {
  if (!is_inside(row, col)) {
    return _mm_set1_epi8((char)row->conv->product->a_zero_point);
  }
  const uint8_t *x = row->x + col * row->x_step;
  uint8_t rest[16];
  if (row->channels < 16) {
    memcpy(rest, x, (size_t)row->channels);
    x = rest;
  }
  return _mm_loadu_si128((const __m128i *)x);
}

static inline __attribute__((always_inline)) void fill_pair(const struct depthwise_row *row, int64_t col0, int64_t col1,
                                                            int16_t *to) {
  const __m128i tap0 = load_column(row, col0), tap1 = load_column(row, col1);
  const __m128i low = _mm_unpacklo_epi8(tap0, tap1), high = _mm_unpackhi_epi8(tap0, tap1);
  const bool is_signed = row->conv->product->a_type == TERN_S8;
  _mm256_store_si256((__m256i *)to, is_signed ? _mm256_cvtepi8_epi16(low) : _mm256_cvtepu8_epi16(low));
  _mm256_store_si256((__m256i *)to + 1, is_signed ? _mm256_cvtepi8_epi16(high) : _mm256_cvtepu8_epi16(high));
}

static void fill(const struct depthwise_row *row, void *to) {
  pairs_fill(row, to, fill_pair);
}

// Adds the products of all taps; weights are those of the group, or all the same pair.
static inline __attribute__((always_inline)) void add_products(const struct depthwise_line *line, int64_t position,
                                                               const int16_t *weights, __m256i acc[HALVES]) {
  const int64_t words = pairs_of(line->conv) * PAIR;
  for (int64_t kh = 0; kh < line->conv->kernel_height; kh++) {
    const int16_t *x = (const int16_t *)line->rows[kh] + position * words;
    for (const int16_t *end = x + words; x < end; x += PAIR, weights += PAIR) {
#pragma GCC unroll 2
      for (int half = 0; half < HALVES; half++) {
        const __m256i taps = _mm256_load_si256((const __m256i *)x + half);
        const __m256i products = _mm256_madd_epi16(taps, _mm256_load_si256((const __m256i *)weights + half));
        acc[half] = _mm256_add_epi32(acc[half], products);
      }
    }
  }
}

// acc - zb * sum of x, at the taps that exist.
static void subtract_zero_points(const struct depthwise_line *line, int64_t position, __m256i acc[HALVES]) {
  const struct tern_conv2d *conv = line->conv;
  __m256i sums[HALVES] = {0};
  for (int64_t kh = 0; kh < conv->kernel_height; kh++) {
    const __m256i *x = (const __m256i *)((const int16_t *)line->rows[kh] + position * pairs_of(conv) * PAIR);
    for (int64_t kw = 0; kw < conv->kernel_width; kw += 2, x += HALVES) {
      const __m256i ones = _mm256_set1_epi32(kw + 1 < conv->kernel_width ? 0x10001 : 1);
      for (int half = 0; half < HALVES; half++) {
        sums[half] = _mm256_add_epi32(sums[half], _mm256_madd_epi16(x[half], ones));
      }
    }
  }
  for (int half = 0; half < HALVES; half++) {
    const __m256i mask = mask_avx2(line->channels - half * 8);
    const int32_t *from = conv->product->b_zero_points + line->channel + half * 8;
    acc[half] = _mm256_sub_epi32(acc[half], _mm256_mullo_epi32(_mm256_maskload_epi32(from, mask), sums[half]));
  }
}

static void sum_positions(const struct depthwise_line *line, int64_t begin, int64_t end) {
  const struct tern_gemm *product = line->conv->product;
  __m256i seeds[HALVES];
  for (int half = 0; half < HALVES; half++) {
    seeds[half] =
        _mm256_maskload_epi32(product->seeds + line->channel + half * 8, mask_avx2(line->channels - half * 8));
  }
  for (int64_t p = begin; p < end; p++) {
    __m256i acc[HALVES] = {seeds[0], seeds[1]};
    add_products(line, p, line->weights, acc);
    if (product->b_zero_points) {
      subtract_zero_points(line, p, acc);
    }
    for (int half = 0; half < HALVES; half++) {
      _mm256_store_si256((__m256i *)(line->scratch + (p - begin) * PAIR_CHANNELS) + half, acc[half]);
    }
  }
}

static void run_line(const struct depthwise_line *line) {
  static const int32_t a_sums[TILE_POSITIONS];
  struct tern_gemm product = *line->conv->product;
  const int64_t size = size_of(product.y_type);
  product.b_zero_points = NULL;
  for (int64_t p = 0; p < line->positions; p += TILE_POSITIONS) {
    const int64_t end = min64(p + TILE_POSITIONS, line->positions);
    sum_positions(line, p, end);
    const struct gemm_call call = {
        .gemm = &product, .y = line->y + p * line->y_step - line->channel * size, .y_row_stride = line->y_step / size};
    const struct epilogue tile = {.call = &call,
                                  .acc = line->scratch,
                                  .acc_stride = PAIR_CHANNELS,
                                  .a_sums = a_sums,
                                  .rows = end - p,
                                  .col = line->channel,
                                  .cols = line->channels};
    epilogue_run(&tile);
  }
}

const struct depthwise_kernel depthwise_u8s8s32_1x16_avx2 = {
    .layout = &depthwise_s16_c16k2, .row_bytes = pairs_row_bytes, .fill = fill, .run_line = run_line};
