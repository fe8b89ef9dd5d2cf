// lstm.h -- what a kernel of gates gets: one step of some rows of the batch
#ifndef TERN_LSTM_H
#define TERN_LSTM_H

#include "kernel.h"

// Strides in elements. z holds the sums of a row without bias, in four parts: i, f, g, o.
struct lstm_cells {
  int64_t rows, hidden;
  const float *z, *bias;
  float *c; // before the step, then after it
  float *h;
  int8_t *quantized; // rint(127 h), or NULL
  int64_t z_stride, c_stride, h_stride, quantized_stride;
};

// |h| <= 1 by this many steps on each side of 0.
enum { LSTM_H_STEPS = 127 };

#endif
