// depthwise_f32.h -- the body of the f32 depthwise kernels, for vectors of any width
//   A kernel defines `vector`, HOLDS_TAPS (it has registers for those of 3x3), MAX_WIDTH (of a kernel whose row of taps
//   it has registers for), vector_load, vector_store, vector_zero, vector_set1, vector_add, vector_fma and
//   vector_clamp before it includes this. x is read where it is: bringing it to a band would take as long as half of
//   the products. Positions are computed seven at a time, since the sides of most images are multiples of seven.
#ifndef TERN_DEPTHWISE_F32_H
#define TERN_DEPTHWISE_F32_H

#include "depthwise.h"

enum { GROUP = 16, LANES = sizeof(vector) / sizeof(float), POSITIONS = 7 };

// What the positions of one vector of channels share.
struct constants {
  vector from, low, high;
};

static inline struct constants constants_of(const struct depthwise_lines *lines, int64_t channel) {
  const struct tern_gemm *product = lines->conv->product;
  const float *bias = product->bias;
  struct constants constants = {vector_zero(), vector_set1(product->y_min), vector_set1(product->y_max)};
  if (bias) {
    constants.from = vector_load(bias + lines->channel + channel, lines->channels - channel);
  }
  return constants;
}

static inline const uint8_t *row_of(const struct depthwise_lines *lines, int64_t line, int64_t kh, int64_t channel) {
  const struct tern_conv2d *conv = lines->conv;
  const int64_t row = line * conv->stride_height - conv->top + kh * conv->dilation_height;
  const bool inside = row >= 0 && row < conv->height;
  return inside ? lines->x + row * lines->x_row + channel * (int64_t)sizeof(float) : NULL;
}

static inline uint8_t *output_of(const struct depthwise_lines *lines, int64_t line, int64_t position, int64_t channel) {
  return lines->y + line * lines->y_row + position * lines->y_col + channel * (int64_t)sizeof(float);
}

static inline __attribute__((always_inline)) void load_taps(const float *weights, const int width,
                                                            vector taps[MAX_WIDTH]) {
#pragma GCC unroll 7
  for (int kw = 0; kw < width; kw++) {
    taps[kw] = vector_load(weights + kw * GROUP, LANES);
  }
}

// One row of seven positions of a kernel of constant width. Each column is loaded once, for all the positions that see
// it; so many at the left and at the right are padding.
static inline __attribute__((always_inline)) void add_row(const uint8_t *x, int64_t step, int64_t left, int64_t right,
                                                          const vector taps[MAX_WIDTH], const int width,
                                                          const int stride, int64_t channels, vector acc[POSITIONS]) {
  const int columns = (POSITIONS - 1) * stride + width;
#pragma GCC unroll 19
  for (int col = 0; col < columns; col++, x += step) {
    const int behind = columns - 1 - col;
    const bool padding = (col < width / 2 && col < left) || (behind < width / 2 && behind < right);
    const vector column = padding ? vector_zero() : vector_load((const float *)x, channels);
#pragma GCC unroll 7
    for (int kw = 0; kw < width; kw++) {
      if (col >= kw && (col - kw) % stride == 0 && (col - kw) / stride < POSITIONS) {
        acc[(col - kw) / stride] = vector_fma(column, taps[kw], acc[(col - kw) / stride]);
      }
    }
  }
}

// Lines of a kernel that has_rows; one of constant height keeps its taps in registers. Where seven do not divide a
// line, its last block begins earlier.
static inline __attribute__((always_inline)) void run_rows(const struct depthwise_lines *lines, int64_t channel,
                                                           int64_t channels, const int height, const int width,
                                                           const int stride) {
  const struct tern_conv2d *conv = lines->conv;
  const struct constants constants = constants_of(lines, channel);
  const int64_t x_col = lines->x_col, y_col = lines->y_col, end = lines->position_end;
  const float *weights = (const float *)lines->weights + channel;
  vector all_taps[3][MAX_WIDTH];
#pragma GCC unroll 3
  for (int kh = 0; kh < height; kh++) {
    load_taps(weights + kh * width * GROUP, width, all_taps[kh]);
  }
  for (int64_t line = lines->line_begin; line < lines->line_end; line++) {
    const uint8_t *rows[3] = {0};
#pragma GCC unroll 3
    for (int kh = 0; kh < height; kh++) {
      rows[kh] = row_of(lines, line, kh, channel);
    }
    uint8_t *y_line = output_of(lines, line, 0, channel);
    for (int64_t p = lines->position_begin; p < end; p += POSITIONS) {
      const int64_t position = min64(p, end - POSITIONS), col = position * stride - conv->left;
      const int64_t right = col + (POSITIONS - 1) * stride + width - conv->width;
      uint8_t *y = y_line + position * y_col;
      vector acc[POSITIONS] = {constants.from, constants.from, constants.from, constants.from,
                               constants.from, constants.from, constants.from};
#pragma GCC unroll 3
      for (int kh = 0; kh < height; kh++) {
        if (rows[kh]) {
          add_row(rows[kh] + col * x_col, x_col, -col, right, all_taps[kh], width, stride, channels, acc);
        }
      }
      for (int64_t kh = 0; !height && kh < conv->kernel_height; kh++) {
        const uint8_t *row = row_of(lines, line, kh, channel);
        if (row) {
          vector taps[MAX_WIDTH];
          load_taps(weights + kh * width * GROUP, width, taps);
          add_row(row + col * x_col, x_col, -col, right, taps, width, stride, channels, acc);
        }
      }
#pragma GCC unroll 7
      for (int i = 0; i < POSITIONS; i++, y += y_col) {
        vector_store((float *)y, vector_clamp(acc[i], constants.low, constants.high), channels);
      }
    }
  }
}

// Some positions of a line, for any kernel.
struct block {
  const struct depthwise_lines *lines;
  int64_t channel, channels; // from `channel` of the group on, so many exist
  int64_t line, position, positions;
};

// Adds the products of one tap. `whole`: no column is outside the image.
static inline __attribute__((always_inline)) void add_tap(const struct block *block, const uint8_t *row, int64_t col,
                                                          vector tap, const bool whole, vector acc[POSITIONS]) {
  const struct tern_conv2d *conv = block->lines->conv;
  const int64_t step = conv->stride_width * block->lines->x_col;
  const uint8_t *x = row + col * block->lines->x_col;
#pragma GCC unroll 7
  for (int i = 0; i < POSITIONS; i++, x += step) {
    const int64_t at = col + i * conv->stride_width;
    if (whole) {
      acc[i] = vector_fma(vector_load((const float *)x, LANES), tap, acc[i]);
    } else if (i < block->positions && at >= 0 && at < conv->width) {
      acc[i] = vector_fma(vector_load((const float *)x, block->channels), tap, acc[i]);
    }
  }
}

static inline __attribute__((always_inline)) void run_block(const struct block *block,
                                                            const struct constants *constants, const bool whole) {
  const struct tern_conv2d *conv = block->lines->conv;
  const vector from = constants->from;
  vector acc[POSITIONS] = {from, from, from, from, from, from, from};
  for (int64_t kh = 0; kh < conv->kernel_height; kh++) {
    const uint8_t *row = row_of(block->lines, block->line, kh, block->channel);
    const float *weights = (const float *)block->lines->weights + kh * conv->kernel_width * GROUP + block->channel;
    int64_t col = block->position * conv->stride_width - conv->left;
    for (int64_t kw = 0; row && kw < conv->kernel_width; kw++, col += conv->dilation_width) {
      add_tap(block, row, col, vector_load(weights + kw * GROUP, LANES), whole, acc);
    }
  }
  uint8_t *y = output_of(block->lines, block->line, block->position, block->channel);
#pragma GCC unroll 7
  for (int i = 0; i < POSITIONS; i++, y += block->lines->y_col) {
    if (i < block->positions) {
      const vector out = vector_clamp(acc[i], constants->low, constants->high);
      const vector before = conv->product->beta ? vector_load((const float *)y, block->channels) : vector_zero();
      vector_store((float *)y, conv->product->beta ? vector_add(out, before) : out, block->channels);
    }
  }
}

static void run_any(const struct depthwise_lines *lines, int64_t channel, int64_t channels) {
  const struct tern_conv2d *conv = lines->conv;
  const struct constants constants = constants_of(lines, channel);
  const int64_t span = (POSITIONS - 1) * conv->stride_width + (conv->kernel_width - 1) * conv->dilation_width;
  for (int64_t line = lines->line_begin; line < lines->line_end; line++) {
    for (int64_t p = lines->position_begin; p < lines->position_end; p += POSITIONS) {
      const struct block block = {lines, channel, channels, line, p, min64(POSITIONS, lines->position_end - p)};
      const int64_t col = p * conv->stride_width - conv->left;
      const bool full = block.positions == POSITIONS && channels == LANES;
      if (full && col >= 0 && col + span < conv->width) {
        run_block(&block, &constants, true);
      } else {
        run_block(&block, &constants, false);
      }
    }
  }
}

// Whether there is a body for the width of the kernel, no more padding than usual, and y is not added to.
static bool has_rows(const struct tern_conv2d *conv) {
  const int64_t width = conv->kernel_width, padding = width / 2;
  const int64_t end = (conv->out_width - 1) * conv->stride_width - conv->left + width;
  return width % 2 == 1 && width >= 3 && width <= MAX_WIDTH && conv->dilation_width == 1 && conv->stride_width <= 2 &&
         conv->left <= padding && end <= conv->width + padding && conv->out_width >= POSITIONS && !conv->product->beta;
}

static inline __attribute__((always_inline)) void run_width(const struct depthwise_lines *lines, int64_t channel,
                                                            int64_t channels, const int height, const int width) {
  if (lines->conv->stride_width == 1) {
    run_rows(lines, channel, channels, height, width, 1);
  } else {
    run_rows(lines, channel, channels, height, width, 2);
  }
}

static inline __attribute__((always_inline)) void run_channels(const struct depthwise_lines *lines, int64_t channel,
                                                               int64_t channels) {
  const struct tern_conv2d *conv = lines->conv;
  if (!has_rows(conv)) {
    run_any(lines, channel, channels);
  } else if (HOLDS_TAPS && conv->kernel_width == 3 && conv->kernel_height == 3) {
    run_width(lines, channel, channels, 3, 3);
  } else if (conv->kernel_width == 3) {
    run_width(lines, channel, channels, 0, 3);
  } else if (MAX_WIDTH > 5 && conv->kernel_width == 7) {
    run_width(lines, channel, channels, 0, MAX_WIDTH);
  } else {
    run_width(lines, channel, channels, 0, 5);
  }
}

static void run(const struct depthwise_lines *lines) {
  for (int64_t channel = 0; channel < lines->channels; channel += LANES) {
    const int64_t channels = min64(lines->channels - channel, LANES);
    if (channels == LANES) {
      run_channels(lines, channel, LANES);
    } else {
      run_channels(lines, channel, channels);
    }
  }
}

#endif
