// window.h -- the taps of a window that lie inside the image
#ifndef TERN_WINDOW_H
#define TERN_WINDOW_H

#include "kernel.h"

// Taps [begin, end) along one side.
struct taps {
  int64_t begin, end;
};

// Those of a window whose first tap is at `first`, and the next ones `dilation` apart, that lie in [low, high).
static inline struct taps taps_between(int64_t first, int64_t dilation, int64_t kernel, int64_t low, int64_t high) {
  const int64_t begin = first < low ? ceil_div(low - first, dilation) : 0;
  const int64_t end = first < high ? ceil_div(high - first, dilation) : 0;
  return (struct taps){min64(begin, kernel), min64(end, kernel)};
}

#endif
