// lstm_avx512.c -- the gates of an LSTM and their gradient, 16 cells at a time
//   c = sigmoid(z_f) * c + sigmoid(z_i) * tanh(z_g);  h = sigmoid(z_o) * tanh(c);  z with its bias, no fused products
//   backward:  the sums and products of scalar/lstm_scalar.c, in their order
//   layout:    z [rows][4][hidden], in the order i, f, g, o; see lstm.h
//
//                   | i0 .. i15 | ... | f0 .. f15 | ... | g0 .. g15 | ... | o0 .. o15 | ... |     a row of z
//                        zmm            zmm             zmm             zmm                       a step of the loop
//
//   registers: 4 gates, c, and those of activation_avx512.h, whose constants stay in registers across the loop;
//              backward 4 gates, c, dh, dc, tanh(c)
//   overflow:  |h| <= 1, and as IEEE 754 has it; a NaN in z stays in its cell
//   reads:     the cells, exactly: the last ones under a mask; asks for more, which cannot fault
//   target:    AVX-512 BW, VL
//   truth: scalar/lstm_scalar.c, bit for bit    test: lstm_test, lstm_training_test
//   bench: bench/lab/lstm_lab.c, lstm_training_lab.c
#include "../lstm.h"
#include "activation_avx512.h"
#include "amd64.h"

enum { LANES = 16 };

static inline __mmask16 lanes_from(int64_t count) {
  return (__mmask16)(count >= LANES ? 0xffff : (1 << count) - 1);
}

static inline __m512 gate(const struct lstm_cells *cells, const float *z, int64_t at, __mmask16 mask) {
  return _mm512_add_ps(_mm512_maskz_loadu_ps(mask, z + at), _mm512_maskz_loadu_ps(mask, cells->bias + at));
}

static inline __m512 step(const struct lstm_cells *cells, float *z, const float *c, float *next_c, int64_t i,
                          __mmask16 mask) {
  const int64_t hidden = cells->hidden;
  const __m512 input = sigmoid_avx512(gate(cells, z, i, mask));
  const __m512 forget = sigmoid_avx512(gate(cells, z, hidden + i, mask));
  const __m512 candidate = tanh_avx512(gate(cells, z, 2 * hidden + i, mask));
  const __m512 output = sigmoid_avx512(gate(cells, z, 3 * hidden + i, mask));
  if (cells->keeps_gates) {
    _mm512_mask_storeu_ps(z + i, mask, input);
    _mm512_mask_storeu_ps(z + hidden + i, mask, forget);
    _mm512_mask_storeu_ps(z + 2 * hidden + i, mask, candidate);
    _mm512_mask_storeu_ps(z + 3 * hidden + i, mask, output);
  }
  const __m512 kept = _mm512_mul_ps(forget, _mm512_maskz_loadu_ps(mask, c + i));
  const __m512 next = plus_times_avx512(kept, input, candidate);
  _mm512_mask_storeu_ps(next_c + i, mask, next);
  return _mm512_mul_ps(output, tanh_avx512(next));
}

void lstm_gates_f32_avx512(const struct lstm_cells *cells) {
  const __m512 steps = _mm512_set1_ps(LSTM_H_STEPS);
  for (int64_t row = 0; row < cells->rows; row++) {
    float *z = cells->z + row * cells->z_stride, *h = cells->h + row * cells->h_stride;
    const float *c = cells->c + row * cells->c_stride;
    float *next_c = cells->next_c + row * cells->c_stride;
    for (int64_t i = 0; i < cells->hidden; i += LANES) {
      const __mmask16 mask = lanes_from(cells->hidden - i);
      lstm_ask_for_cells(cells, row, i);
      const __m512 value = step(cells, z, c, next_c, i, mask);
      _mm512_mask_storeu_ps(h + i, mask, value);
      if (cells->quantized) {
        const __m512i q =
            _mm512_cvt_roundps_epi32(_mm512_mul_ps(value, steps), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
        _mm_mask_storeu_epi8(cells->quantized + row * cells->quantized_stride + i, mask, _mm512_cvtsepi32_epi8(q));
      }
    }
  }
}

// x - x^2
static inline __m512 slope(__m512 sigmoid) {
  return _mm512_sub_ps(sigmoid, _mm512_mul_ps(sigmoid, sigmoid));
}

// 1 - x^2
static inline __m512 slope_of_tanh(__m512 tanh) {
  return _mm512_sub_ps(_mm512_set1_ps(1), _mm512_mul_ps(tanh, tanh));
}

static inline __m512 product(__m512 x, __m512 y, __m512 z) {
  return _mm512_mul_ps(_mm512_mul_ps(x, y), z);
}

static inline void step_gradient(float *gates, int64_t hidden, __m512 c, __m512 next_c, __m512 dh, float *dc,
                                 __mmask16 mask) {
  const __m512 input = _mm512_maskz_loadu_ps(mask, gates), forget = _mm512_maskz_loadu_ps(mask, gates + hidden);
  const __m512 candidate = _mm512_maskz_loadu_ps(mask, gates + 2 * hidden);
  const __m512 output = _mm512_maskz_loadu_ps(mask, gates + 3 * hidden);
  const __m512 shown = tanh_avx512(next_c);
  const __m512 dcell = _mm512_add_ps(_mm512_maskz_loadu_ps(mask, dc), product(dh, output, slope_of_tanh(shown)));
  _mm512_mask_storeu_ps(gates, mask, product(dcell, candidate, slope(input)));
  _mm512_mask_storeu_ps(gates + hidden, mask, product(dcell, c, slope(forget)));
  _mm512_mask_storeu_ps(gates + 2 * hidden, mask, product(dcell, input, slope_of_tanh(candidate)));
  _mm512_mask_storeu_ps(gates + 3 * hidden, mask, product(dh, shown, slope(output)));
  _mm512_mask_storeu_ps(dc, mask, _mm512_mul_ps(dcell, forget));
}

void lstm_gradient_f32_avx512(const struct lstm_gradient *gradient) {
  for (int64_t row = 0; row < gradient->rows; row++) {
    float *gates = gradient->gates + row * gradient->gates_stride, *dc = gradient->dc + row * gradient->dc_stride;
    const float *c = gradient->c + row * gradient->c_stride, *next_c = gradient->next_c + row * gradient->c_stride;
    const float *dy = gradient->dy + row * gradient->dy_stride;
    for (int64_t i = 0; i < gradient->hidden; i += LANES) {
      const __mmask16 mask = lanes_from(gradient->hidden - i);
      lstm_ask_for_gradient(gradient, row, i);
      __m512 dh = _mm512_maskz_loadu_ps(mask, dy + i);
      if (gradient->dh) {
        dh = _mm512_add_ps(dh, _mm512_maskz_loadu_ps(mask, gradient->dh + row * gradient->dh_stride + i));
      }
      step_gradient(gates + i, gradient->hidden, _mm512_maskz_loadu_ps(mask, c + i),
                    _mm512_maskz_loadu_ps(mask, next_c + i), dh, dc + i, mask);
    }
  }
}
