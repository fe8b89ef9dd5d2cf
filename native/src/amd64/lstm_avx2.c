// lstm_avx2.c -- the gates of an LSTM and their gradient, eight cells at a time
//   c = sigmoid(z_f) * c + sigmoid(z_i) * tanh(z_g);  h = sigmoid(z_o) * tanh(c);  z with its bias, no fused products
//   backward:  the sums and products of scalar/lstm_scalar.c, in their order
//   layout:    z [rows][4][hidden], in the order i, f, g, o; see lstm.h and the picture in lstm_avx512.c, of eight each
//   registers: those of activation_avx2.h; then 4 gates, c; backward 4 gates, c, dh, dc, tanh(c)
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

static inline __attribute__((always_inline)) void activate(float *z, const float *bias, int64_t count,
                                                           const bool is_tanh) {
  const int64_t whole = count / LANES * LANES;
  for (int64_t i = 0; i < whole; i += LANES) {
    const __m256 sum = _mm256_add_ps(_mm256_loadu_ps(z + i), _mm256_loadu_ps(bias + i));
    _mm256_storeu_ps(z + i, is_tanh ? tanh_avx2(sum) : sigmoid_avx2(sum));
  }
  if (whole < count) {
    const __m256i rest = mask_avx2(count - whole);
    const __m256 sum = _mm256_add_ps(_mm256_maskload_ps(z + whole, rest), _mm256_maskload_ps(bias + whole, rest));
    _mm256_maskstore_ps(z + whole, rest, is_tanh ? tanh_avx2(sum) : sigmoid_avx2(sum));
  }
}

// All gates of a row, before its cells: each takes some 60 cycles, of which many pass at once where none waits for
// another.
static void run_gates(float *z, const float *bias, int64_t hidden) {
  activate(z, bias, 2 * hidden, false);
  activate(z + 2 * hidden, bias + 2 * hidden, hidden, true);
  activate(z + 3 * hidden, bias + 3 * hidden, hidden, false);
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
  const int64_t hidden = cells->hidden, at = row * cells->c_stride + i;
  const float *gates = cells->z + row * cells->z_stride + i;
  const __m256 input = _mm256_maskload_ps(gates, mask), forget = _mm256_maskload_ps(gates + hidden, mask);
  const __m256 candidate = _mm256_maskload_ps(gates + 2 * hidden, mask);
  const __m256 output = _mm256_maskload_ps(gates + 3 * hidden, mask);
  const __m256 kept = _mm256_mul_ps(forget, _mm256_maskload_ps(cells->c + at, mask));
  const __m256 next = plus_times_avx2(kept, input, candidate), h = _mm256_mul_ps(output, tanh_avx2(next));
  store_avx2(cells->next_c + at, mask, whole, next);
  store_avx2(cells->h + row * cells->h_stride + i, mask, whole, h);
  if (cells->quantized) {
    quantize(h, cells->quantized + row * cells->quantized_stride + i, hidden - i);
  }
}

void lstm_gates_f32_avx2(const struct lstm_cells *cells) {
  const int64_t whole = cells->hidden / LANES * LANES;
  for (int64_t row = 0; row < cells->rows; row++) {
    run_gates(cells->z + row * cells->z_stride, cells->bias, cells->hidden);
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
