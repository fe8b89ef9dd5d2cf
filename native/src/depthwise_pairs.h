// depthwise_pairs.h -- the band of the depthwise kernels that multiply words: [positions][KW/2][16 channels][2 taps]
// s16
#ifndef TERN_DEPTHWISE_PAIRS_H
#define TERN_DEPTHWISE_PAIRS_H

#include "depthwise.h"

enum { PAIR_CHANNELS = 16, PAIR = 2 * PAIR_CHANNELS }; // words of a pair of taps

static inline int64_t pairs_of(const struct tern_conv2d *conv) {
  return ceil_div(conv->kernel_width, 2);
}

static int64_t pairs_row_bytes(const struct tern_conv2d *conv, int64_t positions) {
  return positions * pairs_of(conv) * PAIR * (int64_t)sizeof(int16_t);
}

// Brings two columns of x into words, or zero points where they are outside the image. The tap that an odd kernel lacks
// has weights of zero.
typedef void fill_pair_function(const struct depthwise_row *row, int64_t col0, int64_t col1, int16_t *to);

static inline __attribute__((always_inline)) void pairs_fill(const struct depthwise_row *row, int16_t *to,
                                                             fill_pair_function *fill_pair) {
  const struct tern_conv2d *conv = row->conv;
  for (int64_t p = 0; p < row->positions; p++) {
    for (int64_t kw = 0; kw < conv->kernel_width; kw += 2, to += PAIR) {
      const int64_t col = row->first_col + p * conv->stride_width + kw * conv->dilation_width;
      fill_pair(row, col, col + conv->dilation_width, to);
    }
  }
}

#endif
