// depthwise_u8s8s32_1x64_avx512vnni.c -- depthwise convolution of bytes, four taps of a row in each vpdpbusd
//   acc[p][c] = seed[c] + sum over kh, kw of x[kh][p][kw][c] * w[kh][kw][c], then the epilogue
//   band:      [p][KW/4][4 registers][64] bytes: byte 4i + t of lane l in register j is tap t of channel 16l + 4j + i,
//              which is how four interleavings of bytes and four of words leave them:
//                tap 0: c0 c1 ...     c0t0 c0t1 c1t0 c1t1 ...     register 0: c0t0 c0t1 c0t2 c0t3  c1t0 ... c3t3
//                tap 1: c0 c1 ...  -> c0t2 c0t3 c1t2 c1t3 ...  -> register 1: c4t0 ...
//                ...                  (and of channels 8 to 15)   ...
//              Narrowing 32 -> 16 -> 8 bit works in the same lanes, and so restores the order.
//              17 to 32 channels take two lanes of a register, and up to 16 one: the others are the next positions.
//   layout:    s8_c64k4: [C/64][KH][KW/4][4 registers][16][4]
//   registers: zmm 4 acc, 12 of weights (3x3), 4 seeds, 4 of the band, 4 of the epilogue
//   floor:     of 64 outputs, 3x3: 8 interleavings, 12 products, 23 of the epilogue on two ports: 21.5 cycles
//   overflow:  modulo 2^32; vpdpbusd does not saturate
//   reads:     rows of x to the last channel, under a mask
//   target:    AVX-512 VNNI
//   truth: scalar/depthwise_u8s8s32_1x16_scalar.c    test: conv2d_test    bench: scripts/bench conv
#include "../depthwise.h"
#include "amd64.h"
#include "dot_avx512vnni.h"
#include "epilogue_avx512.h"

enum { REGISTERS = 4, TERMS = 4, LANE = 16, ENTRY = REGISTERS * 64 };

static int64_t quads_of(const struct tern_conv2d *conv) {
  return ceil_div(conv->kernel_width, TERMS);
}

static int64_t row_bytes(const struct tern_conv2d *conv, int64_t positions) {
  return positions * quads_of(conv) * ENTRY;
}

static inline __mmask64 channels_mask(int64_t channels) {
  return channels >= 64 ? ~(__mmask64)0 : ((__mmask64)1 << channels) - 1;
}

// How a row is read.
struct source {
  const struct depthwise_row *row;
  __mmask64 mask;
  __m512i flip, padding;
};

// One column of x, in the lanes of a position.
static inline __attribute__((always_inline)) __m512i load_lanes(const struct source *from, int64_t col,
                                                                const int lanes) {
  const uint8_t *x = from->row->x + col * from->row->x_step;
  return lanes == 4   ? _mm512_maskz_loadu_epi8(from->mask, x)
         : lanes == 2 ? _mm512_castsi256_si512(_mm256_maskz_loadu_epi8((__mmask32)from->mask, x))
                      : _mm512_castsi128_si512(_mm_maskz_loadu_epi8((__mmask16)from->mask, x));
}

// The columns of neighbouring positions, `stride` apart.
static inline __attribute__((always_inline)) __m512i load_columns(const struct source *from, int64_t col,
                                                                  int64_t stride, const int lanes) {
  __m512i all = load_lanes(from, col, lanes);
  if (lanes == 2) {
    all = _mm512_inserti64x4(all, _mm512_castsi512_si256(load_lanes(from, col + stride, 2)), 1);
  } else if (lanes == 1) {
    all = _mm512_inserti32x4(all, _mm512_castsi512_si128(load_lanes(from, col + stride, 1)), 1);
    all = _mm512_inserti32x4(all, _mm512_castsi512_si128(load_lanes(from, col + 2 * stride, 1)), 2);
    all = _mm512_inserti32x4(all, _mm512_castsi512_si128(load_lanes(from, col + 3 * stride, 1)), 3);
  }
  return _mm512_xor_si512(all, from->flip);
}

// The same where some are outside the image.
static __attribute__((noinline)) __m512i load_mixed(const struct source *from, int64_t col, int64_t stride, int lanes) {
  uint8_t bytes[64];
  _mm512_storeu_si512(bytes, from->padding);
  for (int i = 0; i < 4 / lanes; i++, col += stride) {
    if (is_inside(from->row, col)) {
      const __m512i lane = _mm512_maskz_loadu_epi8(from->mask, from->row->x + col * from->row->x_step);
      _mm512_mask_storeu_epi8(bytes + i * lanes * LANE, from->mask, _mm512_xor_si512(lane, from->flip));
    }
  }
  return _mm512_loadu_si512(bytes);
}

static inline __attribute__((always_inline)) __m512i load_border(const struct source *from, int64_t col, int64_t stride,
                                                                 const int lanes) {
  if (lanes == 4) {
    return is_inside(from->row, col) ? load_columns(from, col, stride, 4) : from->padding;
  }
  return load_mixed(from, col, stride, lanes);
}

static inline __attribute__((always_inline)) void store_quads(const __m512i taps[TERMS], uint8_t *to) {
  const __m512i low01 = _mm512_unpacklo_epi8(taps[0], taps[1]), high01 = _mm512_unpackhi_epi8(taps[0], taps[1]);
  const __m512i low23 = _mm512_unpacklo_epi8(taps[2], taps[3]), high23 = _mm512_unpackhi_epi8(taps[2], taps[3]);
  _mm512_store_si512(to, _mm512_unpacklo_epi16(low01, low23));
  _mm512_store_si512(to + 64, _mm512_unpackhi_epi16(low01, low23));
  _mm512_store_si512(to + 128, _mm512_unpacklo_epi16(high01, high23));
  _mm512_store_si512(to + 192, _mm512_unpackhi_epi16(high01, high23));
}

// Positions that share registers, whose first one's tap 0 is at col. A tap that the kernel lacks has weights of zero.
static inline __attribute__((always_inline)) void fill_positions(const struct source *from, int64_t col,
                                                                 const bool inside, const int lanes,
                                                                 const int64_t kernel_width, uint8_t *to) {
  const struct tern_conv2d *conv = from->row->conv;
  for (int64_t kw = 0; kw < kernel_width; kw += TERMS, to += ENTRY) {
    __m512i taps[TERMS];
#pragma GCC unroll 4
    for (int t = 0; t < TERMS; t++) {
      const int64_t at = col + (kw + t) * conv->dilation_width;
      taps[t] = kw + t >= kernel_width ? from->padding
                : inside               ? load_columns(from, at, conv->stride_width, lanes)
                                       : load_border(from, at, conv->stride_width, lanes);
    }
    store_quads(taps, to);
  }
}

static inline __attribute__((always_inline)) void fill_lanes(const struct source *from, const int lanes,
                                                             const int64_t kernel_width, uint8_t *to) {
  const struct depthwise_row *row = from->row;
  const int64_t stride = row->conv->stride_width, together = 4 / lanes;
  const int64_t span = (together - 1) * stride + (kernel_width - 1) * row->conv->dilation_width;
  int64_t col = row->first_col;
  for (int64_t p = 0; p < row->positions; p += together, col += together * stride) {
    const bool inside = row->x && col >= 0 && col + span < row->conv->width;
    if (inside) {
      fill_positions(from, col, true, lanes, kernel_width, to);
    } else {
      fill_positions(from, col, false, lanes, kernel_width, to);
    }
    to += ceil_div(kernel_width, TERMS) * ENTRY;
  }
}

static void fill(const struct depthwise_row *row, void *to) {
  const struct tern_gemm *product = row->conv->product;
  const __m512i flip = _mm512_set1_epi8(product->a_type == TERN_S8 ? (char)0x80 : 0);
  const struct source from = {
      .row = row,
      .mask = channels_mask(row->channels),
      .flip = flip,
      .padding = _mm512_xor_si512(_mm512_set1_epi8((char)product->a_zero_point), flip),
  };
  const int64_t lanes = depthwise_lanes(row->channels), width = row->conv->kernel_width;
  if (lanes == 4 && width == 3) {
    fill_lanes(&from, 4, 3, to);
  } else if (lanes == 4) {
    fill_lanes(&from, 4, width, to);
  } else if (lanes == 2 && width == 3) {
    fill_lanes(&from, 2, 3, to);
  } else if (lanes == 2) {
    fill_lanes(&from, 2, width, to);
  } else {
    fill_lanes(&from, 1, width, to);
  }
}

// Lane l of register j becomes lane j of register l.
static inline __attribute__((always_inline)) void transpose_lanes(__m512i registers[REGISTERS]) {
  const __m512i even01 = _mm512_shuffle_i32x4(registers[0], registers[1], 0x88);
  const __m512i odd01 = _mm512_shuffle_i32x4(registers[0], registers[1], 0xdd);
  const __m512i even23 = _mm512_shuffle_i32x4(registers[2], registers[3], 0x88);
  const __m512i odd23 = _mm512_shuffle_i32x4(registers[2], registers[3], 0xdd);
  registers[0] = _mm512_shuffle_i32x4(even01, even23, 0x88);
  registers[1] = _mm512_shuffle_i32x4(odd01, odd23, 0x88);
  registers[2] = _mm512_shuffle_i32x4(even01, even23, 0xdd);
  registers[3] = _mm512_shuffle_i32x4(odd01, odd23, 0xdd);
}

// What the lines of a group share, in the order of the accumulators; and a tile of sums on its way to y.
struct scratch {
  int32_t seeds[64], zero_points[64];
  float multipliers[64];
  int32_t tile[64];
};

_Static_assert(sizeof(struct scratch) == DEPTHWISE_SCRATCH * sizeof(int32_t), "scratch of a group");

// Words of the group's channels; zeros where there is no array.
static void order_words(const struct depthwise_line *group, const void *from, void *to) {
  const int64_t lanes = depthwise_lanes(group->channels);
  __m512i registers[REGISTERS] = {0};
  for (int l = 0; l < REGISTERS && from; l++) {
    const int64_t channel = l % lanes * LANE;
    const __mmask16 mask = column_mask(group->channels - channel);
    registers[l] = _mm512_maskz_loadu_epi32(mask, (const int32_t *)from + group->channel + channel);
  }
  transpose_lanes(registers);
  for (int j = 0; j < REGISTERS; j++) {
    _mm512_store_si512((int32_t *)to + j * LANE, registers[j]);
  }
}

static void prepare(const struct depthwise_line *group) {
  const struct tern_gemm *product = group->conv->product;
  struct scratch *scratch = (struct scratch *)group->scratch;
  order_words(group, product->seeds, scratch->seeds);
  order_words(group, product->b_zero_points, scratch->zero_points);
  order_words(group, product->y_type == TERN_S32 ? NULL : product->multipliers, scratch->multipliers);
}

static inline __attribute__((always_inline)) void load_words(const void *from, __m512i registers[REGISTERS]) {
#pragma GCC unroll 4
  for (int j = 0; j < REGISTERS; j++) {
    registers[j] = _mm512_load_si512((const int32_t *)from + j * LANE);
  }
}

// The products of one quad.
static inline __attribute__((always_inline)) void multiply(__m512i acc[REGISTERS], const uint8_t *band,
                                                           const __m512i weights[REGISTERS]) {
#pragma GCC unroll 4
  for (int j = 0; j < REGISTERS; j++) {
    acc[j] = dot_quads(acc[j], _mm512_load_si512(band + j * 64), weights[j]);
  }
}

// Any kernel, of which the weights come from memory.
static inline __attribute__((always_inline)) void multiply_all(const struct depthwise_line *line, int64_t at,
                                                               const int8_t *weights, __m512i acc[REGISTERS]) {
  const int64_t bytes = quads_of(line->conv) * ENTRY;
  for (int64_t kh = 0; kh < line->conv->kernel_height; kh++) {
    const uint8_t *row = line->rows[kh] + at * bytes;
    for (const uint8_t *end = row + bytes; row < end; row += ENTRY, weights += ENTRY) {
      __m512i quad_weights[REGISTERS];
      load_words(weights, quad_weights);
      multiply(acc, row, quad_weights);
    }
  }
}

// acc - zb * sum of x. The sum is that of the products with weights of one, at the taps that exist.
static __attribute__((noinline)) void subtract_zero_points(const struct depthwise_line *line, int64_t at,
                                                           __m512i acc[REGISTERS]) {
  const struct tern_conv2d *conv = line->conv;
  const struct scratch *scratch = (const struct scratch *)line->scratch;
  __m512i sums[REGISTERS] = {0}, zero_points[REGISTERS];
  for (int64_t kh = 0; kh < conv->kernel_height; kh++) {
    const uint8_t *row = line->rows[kh] + at * quads_of(conv) * ENTRY;
    for (int64_t kw = 0; kw < conv->kernel_width; kw += TERMS, row += ENTRY) {
      const int64_t left = min64(conv->kernel_width - kw, TERMS);
      const __m512i ones = _mm512_set1_epi32(0x01010101u >> (TERMS - left) * 8);
      const __m512i all[REGISTERS] = {ones, ones, ones, ones};
      multiply(sums, row, all);
    }
  }
  load_words(scratch->zero_points, zero_points);
  for (int j = 0; j < REGISTERS; j++) {
    acc[j] = _mm512_sub_epi32(acc[j], _mm512_mullo_epi32(zero_points[j], sums[j]));
  }
}

// Outputs of eight bits. Whole bounds may be applied before rounding, and the lower one after narrowing, which
// saturates. Of s8 the top bit is flipped until the end.
struct bytes {
  __m512 high;
  __m512i zero_point, low, flip;
  __mmask64 mask;
};

static inline struct bytes bytes_of(const struct depthwise_line *line) {
  const struct tern_gemm *product = line->conv->product;
  const int32_t flip = product->y_type == TERN_S8 ? 0x80 : 0;
  return (struct bytes){.high = _mm512_set1_ps(product->y_max - (float)product->y_zero_point),
                        .zero_point = _mm512_set1_epi16((int16_t)(product->y_zero_point + flip)),
                        .low = _mm512_set1_epi8((char)((int32_t)product->y_min + flip)),
                        .flip = _mm512_set1_epi8((char)flip),
                        .mask = channels_mask(line->channels)};
}

static inline __attribute__((always_inline)) __m512i narrow(const struct bytes *bytes, const __m512i acc[REGISTERS],
                                                            const float *multipliers) {
  __m512i whole[REGISTERS];
#pragma GCC unroll 4
  for (int j = 0; j < REGISTERS; j++) {
    const __m512 real = _mm512_mul_ps(_mm512_cvtepi32_ps(acc[j]), _mm512_loadu_ps(multipliers + j * LANE));
    whole[j] = _mm512_cvtps_epi32(_mm512_min_ps(bytes->high, real)); // below s32 it is the least s32
  }
  const __m512i low = _mm512_adds_epi16(_mm512_packs_epi32(whole[0], whole[1]), bytes->zero_point);
  const __m512i high = _mm512_adds_epi16(_mm512_packs_epi32(whole[2], whole[3]), bytes->zero_point);
  return _mm512_xor_si512(_mm512_max_epu8(_mm512_packus_epi16(low, high), bytes->low), bytes->flip);
}

static inline __attribute__((always_inline)) void store_bytes(const struct depthwise_line *line, __mmask64 mask,
                                                              __m512i bytes, int64_t position, const int lanes) {
  uint8_t *y = line->y + position * line->y_step;
  if (lanes == 4) {
    _mm512_mask_storeu_epi8(y, mask, bytes);
    return;
  }
  for (int i = 0; i < 4 / lanes && position + i < line->positions; i++, y += line->y_step) {
    const __m512i order = _mm512_add_epi64(_mm512_set1_epi64(i * lanes * 2), _mm512_setr_epi64(0, 1, 2, 3, 0, 1, 2, 3));
    _mm512_mask_storeu_epi8(y, mask, i == 0 ? bytes : _mm512_permutexvar_epi64(order, bytes));
  }
}

static inline __attribute__((always_inline)) void run_bytes(const struct depthwise_line *line, const int lanes,
                                                            const bool is_3x3) {
  const struct bytes bytes = bytes_of(line);
  const struct scratch *scratch = (const struct scratch *)line->scratch;
  __m512i seeds[REGISTERS], weights[3][REGISTERS];
  load_words(scratch->seeds, seeds);
#pragma GCC unroll 3
  for (int kh = 0; kh < 3 && is_3x3; kh++) {
    load_words((const int8_t *)line->weights + kh * ENTRY, weights[kh]);
  }
  for (int64_t p = 0, at = 0; p < line->positions; p += 4 / lanes, at++) {
    __m512i acc[REGISTERS] = {seeds[0], seeds[1], seeds[2], seeds[3]};
    if (is_3x3) {
#pragma GCC unroll 3
      for (int kh = 0; kh < 3; kh++) {
        multiply(acc, line->rows[kh] + at * ENTRY, weights[kh]);
      }
    } else {
      multiply_all(line, at, line->weights, acc);
    }
    if (!is_3x3 && line->conv->product->b_zero_points) {
      subtract_zero_points(line, at, acc);
    }
    store_bytes(line, bytes.mask, narrow(&bytes, acc, scratch->multipliers), p, lanes);
  }
}

// s32 and f32: positions of a register side by side in scratch, then to y as from any tile.
static void run_words(const struct depthwise_line *line) {
  struct tern_gemm product = *line->conv->product;
  struct scratch *scratch = (struct scratch *)line->scratch;
  const int64_t lanes = depthwise_lanes(line->channels), together = 4 / lanes, size = size_of(product.y_type);
  product.b_zero_points = NULL;
  for (int64_t p = 0, at = 0; p < line->positions; p += together, at++) {
    __m512i acc[REGISTERS];
    load_words(scratch->seeds, acc);
    multiply_all(line, at, line->weights, acc);
    if (line->conv->product->b_zero_points) {
      subtract_zero_points(line, at, acc);
    }
    transpose_lanes(acc);
    for (int j = 0; j < REGISTERS; j++) {
      _mm512_store_si512(scratch->tile + j * LANE, acc[j]);
    }
    const struct gemm_call call = {
        .gemm = &product, .y = line->y + p * line->y_step - line->channel * size, .y_row_stride = line->y_step / size};
    const struct epilogue tile = {.call = &call,
                                  .acc = scratch->tile,
                                  .acc_stride = lanes * LANE,
                                  .rows = min64(together, line->positions - p),
                                  .col = line->channel,
                                  .cols = line->channels};
    epilogue_run(&tile);
  }
}

static void run_line(const struct depthwise_line *line) {
  const struct tern_conv2d *conv = line->conv;
  const int64_t lanes = depthwise_lanes(line->channels);
  const bool is_3x3 = conv->kernel_height == 3 && conv->kernel_width == 3 && !conv->product->b_zero_points;
  if (size_of(conv->product->y_type) != 1) {
    run_words(line);
  } else if (lanes == 4) {
    is_3x3 ? run_bytes(line, 4, true) : run_bytes(line, 4, false);
  } else if (lanes == 2) {
    is_3x3 ? run_bytes(line, 2, true) : run_bytes(line, 2, false);
  } else {
    run_bytes(line, 1, false);
  }
}

const struct depthwise_kernel depthwise_u8s8s32_1x64_avx512vnni = {
    .layout = &depthwise_s8_c64k4, .row_bytes = row_bytes, .fill = fill, .prepare = prepare, .run_line = run_line};
