// lstm_scalar.c -- the gates of an LSTM and their gradient, one cell at a time
//   c = sigmoid(z_f) * c + sigmoid(z_i) * tanh(z_g);  h = sigmoid(z_o) * tanh(c);  z with its bias, no fused products
//   backward:  the sums and products of tern.h, in their order
//   layout:    z [rows][4][hidden], in the order i, f, g, o; see lstm.h
//   registers: the compiler's
//   overflow:  |h| <= 1, and as IEEE 754 has it; a NaN in z stays in its cell
//   reads:     the cells, exactly
//   target:    any CPU
//   truth: the tests, in double    test: lstm_test, lstm_training_test
//   bench: bench/lab/lstm_lab.c, lstm_training_lab.c
#include "../activation.h"
#include "../lstm.h"
#include "scalar.h"

static float cell(const struct lstm_cells *cells, float *z, const float *c, float *next_c, int64_t i) {
  const int64_t hidden = cells->hidden;
  const float *bias = cells->bias;
  const float input = sigmoid_scalar(z[i] + bias[i]);
  const float forget = sigmoid_scalar(z[hidden + i] + bias[hidden + i]);
  const float candidate = tanh_scalar(z[2 * hidden + i] + bias[2 * hidden + i]);
  const float output = sigmoid_scalar(z[3 * hidden + i] + bias[3 * hidden + i]);
  if (cells->keeps_gates) {
    z[i] = input, z[hidden + i] = forget, z[2 * hidden + i] = candidate, z[3 * hidden + i] = output;
  }
  next_c[i] = forget * c[i] + input * candidate;
  return output * tanh_scalar(next_c[i]);
}

void lstm_gates_f32_scalar(const struct lstm_cells *cells) {
  for (int64_t row = 0; row < cells->rows; row++) {
    float *z = cells->z + row * cells->z_stride, *h = cells->h + row * cells->h_stride;
    const float *c = cells->c + row * cells->c_stride;
    float *next_c = cells->next_c + row * cells->c_stride;
    for (int64_t i = 0; i < cells->hidden; i++) {
      h[i] = cell(cells, z, c, next_c, i);
      if (cells->quantized) {
        const float q = rintf(h[i] * LSTM_H_STEPS);
        cells->quantized[row * cells->quantized_stride + i] = (int8_t)(q == q ? q : INT8_MIN);
      }
    }
  }
}

static void cell_gradient(float *gates, int64_t hidden, float c, float next_c, float dh, float *dc) {
  const float input = gates[0], forget = gates[hidden], candidate = gates[2 * hidden], output = gates[3 * hidden];
  const float shown = tanh_scalar(next_c);
  const float dcell = *dc + dh * output * (1 - shown * shown);
  gates[0] = dcell * candidate * (input - input * input);
  gates[hidden] = dcell * c * (forget - forget * forget);
  gates[2 * hidden] = dcell * input * (1 - candidate * candidate);
  gates[3 * hidden] = dh * shown * (output - output * output);
  *dc = dcell * forget;
}

void lstm_gradient_f32_scalar(const struct lstm_gradient *gradient) {
  for (int64_t row = 0; row < gradient->rows; row++) {
    float *gates = gradient->gates + row * gradient->gates_stride, *dc = gradient->dc + row * gradient->dc_stride;
    const float *c = gradient->c + row * gradient->c_stride, *next_c = gradient->next_c + row * gradient->c_stride;
    const float *dy = gradient->dy + row * gradient->dy_stride;
    for (int64_t i = 0; i < gradient->hidden; i++) {
      const float dh = gradient->dh ? dy[i] + gradient->dh[row * gradient->dh_stride + i] : dy[i];
      cell_gradient(gates + i, gradient->hidden, c[i], next_c[i], dh, dc + i);
    }
  }
}
