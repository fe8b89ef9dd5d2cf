// lstm_scalar.c -- the gates of an LSTM, one cell at a time
//   c = sigmoid(z_f) * c + sigmoid(z_i) * tanh(z_g);  h = sigmoid(z_o) * tanh(c);  z with its bias, no fused products
//   layout:    z [rows][4][hidden], in the order i, f, g, o; see lstm.h
//   registers: the compiler's
//   overflow:  |h| <= 1, and as IEEE 754 has it; a NaN in z stays in its cell
//   reads:     the cells, exactly
//   target:    any CPU
//   truth: test/lstm_test.c, in double    test: lstm_test    bench: bench/lab/lstm_lab.c
#include "../activation.h"
#include "../lstm.h"
#include "scalar.h"

static float cell(const struct lstm_cells *cells, const float *z, float *c, int64_t i) {
  const int64_t hidden = cells->hidden;
  const float *bias = cells->bias;
  const float input = sigmoid_scalar(z[i] + bias[i]);
  const float forget = sigmoid_scalar(z[hidden + i] + bias[hidden + i]);
  const float candidate = tanh_scalar(z[2 * hidden + i] + bias[2 * hidden + i]);
  const float output = sigmoid_scalar(z[3 * hidden + i] + bias[3 * hidden + i]);
  *c = forget * *c + input * candidate;
  return output * tanh_scalar(*c);
}

void lstm_gates_f32_scalar(const struct lstm_cells *cells) {
  for (int64_t row = 0; row < cells->rows; row++) {
    float *h = cells->h + row * cells->h_stride;
    for (int64_t i = 0; i < cells->hidden; i++) {
      h[i] = cell(cells, cells->z + row * cells->z_stride, cells->c + row * cells->c_stride + i, i);
      if (cells->quantized) {
        const float q = rintf(h[i] * LSTM_H_STEPS);
        cells->quantized[row * cells->quantized_stride + i] = (int8_t)(q == q ? q : INT8_MIN);
      }
    }
  }
}
