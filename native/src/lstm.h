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

enum { LSTM_ROWS_AHEAD = 2 };

// Asks for what a kernel reads and writes some rows after this one, from cell i on. The parts of a row are too short
// for the hardware to follow, and a tape of many steps comes from memory: the passes over 28 steps of 256 rows of 128
// cells take 5 % less, the gates alone 20 % (Zen 5; eight lanes at a time gain nothing).
static inline void lstm_ask_for_cells(const struct lstm_cells *cells, int64_t row, int64_t i) {
  const int64_t ahead = row + LSTM_ROWS_AHEAD;
  __builtin_prefetch(cells->next_c + ahead * cells->c_stride + i, 1);
  __builtin_prefetch(cells->h + ahead * cells->h_stride + i, 1);
}

static inline void lstm_ask_for_gradient(const struct lstm_gradient *gradient, int64_t row, int64_t i) {
  const int64_t ahead = row + LSTM_ROWS_AHEAD, hidden = gradient->hidden;
  const float *gates = gradient->gates + ahead * gradient->gates_stride + i;
  __builtin_prefetch(gates, 1);
  __builtin_prefetch(gates + hidden, 1);
  __builtin_prefetch(gates + 2 * hidden, 1);
  __builtin_prefetch(gates + 3 * hidden, 1);
  __builtin_prefetch(gradient->c + ahead * gradient->c_stride + i);
  __builtin_prefetch(gradient->dy + ahead * gradient->dy_stride + i);
}

// |h| <= 1 by this many steps on each side of 0.
enum { LSTM_H_STEPS = 127 };

#endif
