// pool.h -- what a pooling kernel gets: some outputs in a row whose windows lie alike in the image
#ifndef TERN_POOL_H
#define TERN_POOL_H

#include "window.h"

#include <math.h>

// Strides in bytes. The windows of the span have rows x cols taps inside the image. A gradient adds to the rows
// [add_begin, add_end) of them, since the others belong to another range; there y is dx. Where windows are tiles, which
// share no tap, it writes those rows whole instead, 0 where nothing is added.
struct pool_span {
  const uint8_t *x; // at the first tap of the first window
  uint8_t *y;       // forward: the first output; gradient: at the first tap of the first window
  const uint8_t *dy;
  int64_t outputs, x_step, y_step, dy_step; // from output to output
  int64_t rows, cols, x_row, x_col, y_row, y_col;
  int64_t add_begin, add_end;
  int64_t channels, count;
  int32_t zero_point;
  bool is_signed; // s8 where bytes are pooled
  bool are_tiles;
};

// Sums of so many bytes fit 16 bits.
enum { BYTES_IN_U16 = 257 };

// A signed byte with its top bit flipped is itself plus 128 as an unsigned one.
static inline uint8_t pool_flip(const struct pool_span *span) {
  return span->is_signed ? 0x80 : 0;
}

// The zero point of bytes so flipped.
static inline int32_t pool_zero(const struct pool_span *span) {
  return span->zero_point + pool_flip(span);
}

// What is known of windows at compile time: that they are tiles; that these have two by two taps, all of them read and
// written, whose unrolled loops take half as long.
enum pool_windows { ANY, TILES, TILES_2X2 };

enum { SIDE = 2 };

static inline bool pool_is_2x2(const struct pool_span *span) {
  return span->rows == SIDE && span->cols == SIDE;
}

// Of a gradient.
static inline enum pool_windows pool_windows_of(const struct pool_span *span) {
  const bool written = span->add_begin == 0 && span->add_end == span->rows;
  return !span->are_tiles ? ANY : written && pool_is_2x2(span) ? TILES_2X2 : TILES;
}

// Asks for what the windows below read or write at the same place, as far away as the windows are high: the hardware
// follows a row to its end, but not from row to row. Where images come from memory, as in training, that takes a half
// to two thirds of the time away: maxima of 512 images of 24x24x32 2.8 -> 1.1 ms, their gradient 4.3 -> 2.3 ms (Zen 5).
static inline void pool_ask_to_read(const void *at, int64_t window) {
  __builtin_prefetch((const uint8_t *)at + window, 0);
}

static inline void pool_ask_to_write(const void *at, int64_t window) {
  __builtin_prefetch((const uint8_t *)at + window, 1);
}

// The same span from a later channel on, of which each has so many bytes; for the channels that fill no register.
static inline struct pool_span pool_rest(const struct pool_span *span, int64_t channel, int64_t size) {
  struct pool_span rest = *span;
  rest.x = rest.x == NULL ? NULL : rest.x + channel * size;
  rest.dy = rest.dy == NULL ? NULL : rest.dy + channel * size;
  rest.y += channel * size;
  rest.channels -= channel;
  return rest;
}

#endif
