// depthwise_u8s8s32_1x16_scalar.c -- depthwise convolution of bytes, 16 channels at a time in plain C
//   acc[p][c] = seed[c] + sum over kh, kw of x[kh][p][kw][c] * (w[kh][kw][c] - zb[c]), then the epilogue
//   layout:    s16_c16k2: [C/16][KH][KW/2][16][2] s16; band: [p][KW/2][16][2] s16, see depthwise_pairs.h
//   registers: the compiler's
//   overflow:  modulo 2^32
//   reads:     rows of x to the last channel
//   target:    any CPU
//   truth: the loops in test/conv2d_test.c    test: conv2d_test    bench: scripts/bench conv
#include "../depthwise_pairs.h"

#include "epilogue_scalar.h"
#include "scalar.h"

static void fill_pair(const struct depthwise_row *row, int64_t col0, int64_t col1, int16_t *to) {
  const bool is_signed = row->conv->product->a_type == TERN_S8;
  const int64_t cols[] = {col0, col1};
  for (int t = 0; t < 2; t++) {
    const uint8_t *x = is_inside(row, cols[t]) ? row->x + cols[t] * row->x_step : NULL;
    for (int64_t c = 0; c < row->channels; c++) {
      to[2 * c + t] = (int16_t)(x == NULL ? row->conv->product->a_zero_point : is_signed ? (int8_t)x[c] : x[c]);
    }
  }
}

static void fill(const struct depthwise_row *row, void *to) {
  pairs_fill(row, to, fill_pair);
}

// One channel of one position.
static int32_t sum_of(const struct depthwise_line *line, int64_t position, int64_t channel, int32_t zero_point) {
  const struct tern_conv2d *conv = line->conv;
  const int16_t *weights = (const int16_t *)line->weights + 2 * channel;
  uint32_t sum = (uint32_t)conv->product->seeds[line->channel + channel];
  for (int64_t kh = 0; kh < conv->kernel_height; kh++) {
    const int16_t *x = (const int16_t *)line->rows[kh] + position * pairs_of(conv) * PAIR + 2 * channel;
    for (int64_t kw = 0; kw < conv->kernel_width; kw++) {
      const int64_t at = kw / 2 * PAIR + kw % 2;
      sum += (uint32_t)(x[at] * (weights[at] - zero_point));
    }
    weights += pairs_of(conv) * PAIR;
  }
  return (int32_t)sum;
}

static void run_line(const struct depthwise_line *line) {
  const struct tern_gemm *product = line->conv->product;
  const int64_t size = size_of(product->y_type);
  const struct gemm_call call = {
      .gemm = product, .y = line->y - line->channel * size, .y_row_stride = line->y_step / size};
  for (int64_t p = 0; p < line->positions; p++) {
    for (int64_t c = 0; c < line->channels; c++) {
      const int32_t zero_point = product->b_zero_points ? product->b_zero_points[line->channel + c] : 0;
      epilogue_store(&call, p, line->channel + c, sum_of(line, p, c, zero_point));
    }
  }
}

const struct depthwise_kernel depthwise_u8s8s32_1x16_scalar = {
    .layout = &depthwise_s16_c16k2, .row_bytes = pairs_row_bytes, .fill = fill, .run_line = run_line};
