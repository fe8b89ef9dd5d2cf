// lstm_avx2.c -- the gates of an LSTM and their gradient, eight cells at a time
//   c = sigmoid(z_f) * c + sigmoid(z_i) * tanh(z_g);  h = sigmoid(z_o) * tanh(c);  z with its bias, no fused products
//   backward:  the sums and products of scalar/lstm_scalar.c, in their order
//   layout:    z [rows][4][hidden], in the order i, f, g, o; see lstm.h and the picture in lstm_avx512.c, of eight each
//   registers: 4 gates, c, and those of activation_avx2.h; backward 4 gates, c, dh, dc, tanh(c)
//   overflow:  |h| <= 1, and as IEEE 754 has it; a NaN in z stays in its cell
//   reads:     the cells, exactly: the last ones under a mask
//   target:    AVX2
//   truth: scalar/lstm_scalar.c, bit for bit    test: lstm_test, lstm_training_test
//   bench: bench/lab/lstm_lab.c, lstm_training_lab.c
#include "../lstm.h"
#include "activation_avx2.h"
#include "amd64.h"
#include "mask_avx2.h"

enum { LANES = 8 };

static inline __m256 gate(const struct lstm_cells *cells, const float *z, int64_t at, __m256i mask) {
  return _mm256_add_ps(_mm256_maskload_ps(z + at, mask), _mm256_maskload_ps(cells->bias + at, mask));
}

static inline __attribute__((always_inline)) __m256 step(const struct lstm_cells *cells, float *z, const float *c,
                                                         float *next_c, int64_t i, __m256i mask, const bool whole) {
  const int64_t hidden = cells->hidden;
  const __m256 input = sigmoid_avx2(gate(cells, z, i, mask));
  const __m256 forget = sigmoid_avx2(gate(cells, z, hidden + i, mask));
  const __m256 candidate = tanh_avx2(gate(cells, z, 2 * hidden + i, mask));
  const __m256 output = sigmoid_avx2(gate(cells, z, 3 * hidden + i, mask));
  if (cells->keeps_gates) {
    store_avx2(z + i, mask, whole, input);
    store_avx2(z + hidden + i, mask, whole, forget);
    store_avx2(z + 2 * hidden + i, mask, whole, candidate);
    store_avx2(z + 3 * hidden + i, mask, whole, output);
  }
  const __m256 kept = _mm256_mul_ps(forget, _mm256_maskload_ps(c + i, mask));
  const __m256 next = plus_times_avx2(kept, input, candidate);
  store_avx2(next_c + i, mask, whole, next);
  return _mm256_mul_ps(output, tanh_avx2(next));
}

static inline void quantize(__m256 h, int8_t *to, int64_t count) {
  const __m256 steps = _mm256_mul_ps(h, _mm256_set1_ps(LSTM_H_STEPS));
  const __m256i q = _mm256_cvtps_epi32(_mm256_round_ps(steps, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
  const __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(q), _mm256_extracti128_si256(q, 1));
  const int64_t bytes = _mm_cvtsi128_si64(_mm_packs_epi16(words, words));
  memcpy(to, &bytes, (size_t)min64(count, LANES));
}

static inline __attribute__((always_inline)) void run_cells(const struct lstm_cells *cells, int64_t row, int64_t i,
                                                            __m256i mask, const bool whole) {
  float *z = cells->z + row * cells->z_stride, *h = cells->h + row * cells->h_stride;
  const float *c = cells->c + row * cells->c_stride;
  const __m256 value = step(cells, z, c, cells->next_c + row * cells->c_stride, i, mask, whole);
  store_avx2(h + i, mask, whole, value);
  if (cells->quantized) {
    quantize(value, cells->quantized + row * cells->quantized_stride + i, cells->hidden - i);
  }
}

void lstm_gates_f32_avx2(const struct lstm_cells *cells) {
  const int64_t whole = cells->hidden / LANES * LANES;
  for (int64_t row = 0; row < cells->rows; row++) {
    for (int64_t i = 0; i < whole; i += LANES) {
      run_cells(cells, row, i, mask_avx2(LANES), true);
    }
    if (whole < cells->hidden) {
      run_cells(cells, row, whole, mask_avx2(cells->hidden - whole), false);
    }
  }
}

// x - x^2
static inline __m256 slope(__m256 sigmoid) {
  return _mm256_sub_ps(sigmoid, _mm256_mul_ps(sigmoid, sigmoid));
}

// 1 - x^2
static inline __m256 slope_of_tanh(__m256 tanh) {
  return _mm256_sub_ps(_mm256_set1_ps(1), _mm256_mul_ps(tanh, tanh));
}

static inline __m256 product(__m256 x, __m256 y, __m256 z) {
  return _mm256_mul_ps(_mm256_mul_ps(x, y), z);
}

static inline __attribute__((always_inline)) void step_gradient(float *gates, int64_t hidden, __m256 c, __m256 next_c,
                                                                __m256 dh, float *dc, __m256i mask, const bool whole) {
  const __m256 input = _mm256_maskload_ps(gates, mask), forget = _mm256_maskload_ps(gates + hidden, mask);
  const __m256 candidate = _mm256_maskload_ps(gates + 2 * hidden, mask);
  const __m256 output = _mm256_maskload_ps(gates + 3 * hidden, mask);
  const __m256 shown = tanh_avx2(next_c);
  const __m256 dcell = _mm256_add_ps(_mm256_maskload_ps(dc, mask), product(dh, output, slope_of_tanh(shown)));
  store_avx2(gates, mask, whole, product(dcell, candidate, slope(input)));
  store_avx2(gates + hidden, mask, whole, product(dcell, c, slope(forget)));
  store_avx2(gates + 2 * hidden, mask, whole, product(dcell, input, slope_of_tanh(candidate)));
  store_avx2(gates + 3 * hidden, mask, whole, product(dh, shown, slope(output)));
  store_avx2(dc, mask, whole, _mm256_mul_ps(dcell, forget));
}

static inline __attribute__((always_inline)) void run_gradient(const struct lstm_gradient *gradient, int64_t row,
                                                               int64_t i, __m256i mask, const bool whole) {
  const float *c = gradient->c + row * gradient->c_stride, *next_c = gradient->next_c + row * gradient->c_stride;
  __m256 dh = _mm256_maskload_ps(gradient->dy + row * gradient->dy_stride + i, mask);
  if (gradient->dh) {
    dh = _mm256_add_ps(dh, _mm256_maskload_ps(gradient->dh + row * gradient->dh_stride + i, mask));
  }
  step_gradient(gradient->gates + row * gradient->gates_stride + i, gradient->hidden, _mm256_maskload_ps(c + i, mask),
                _mm256_maskload_ps(next_c + i, mask), dh, gradient->dc + row * gradient->dc_stride + i, mask, whole);
}

void lstm_gradient_f32_avx2(const struct lstm_gradient *gradient) {
  const int64_t whole = gradient->hidden / LANES * LANES;
  for (int64_t row = 0; row < gradient->rows; row++) {
    for (int64_t i = 0; i < whole; i += LANES) {
      run_gradient(gradient, row, i, mask_avx2(LANES), true);
    }
    if (whole < gradient->hidden) {
      run_gradient(gradient, row, whole, mask_avx2(gradient->hidden - whole), false);
    }
  }
}
