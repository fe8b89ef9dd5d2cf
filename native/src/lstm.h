// lstm.h -- what kernels of gates get, forward and backward: one step of some rows of the batch
#ifndef TERN_LSTM_H
#define TERN_LSTM_H

#include "kernel.h"

// Strides in elements. z holds the sums of a row without bias, in four parts: i, f, g, o.
struct lstm_cells {
  int64_t rows, hidden;
  float *z; // becomes the gates where they are kept, else anything
  bool keeps_gates;
  const float *bias;
  const float *c; // before the step
  float *next_c;  // after it; may be the same
  float *h;
  int8_t *quantized; // rint(127 h), or NULL
  int64_t z_stride, c_stride, h_stride, quantized_stride;
};

// The gradient of that step, from dL/dh and dL/dc after it.
struct lstm_gradient {
  int64_t rows, hidden;
  float *gates; // i, f, g, o as they were kept; become dL/dz
  const float *c, *next_c;
  const float *dy, *dh; // dL/dh by way of y, and of the next step; dh may be NULL
  float *dc;            // after the step, then before it
  int64_t gates_stride, c_stride, dy_stride, dh_stride, dc_stride;
};

// |h| <= 1 by this many steps on each side of 0.
enum { LSTM_H_STEPS = 127 };

#endif
