// pool_scalar.c -- poolings, one channel after the other in loops that a compiler makes vectors of where it can
//   max       m = x unless x <= m or m is NaN, from -inf (f32) or 0 (bytes, flipped where they are signed)
//   average   f32: sum from 0 over count; bytes: rint of the same, (x - zero) summed as integers
//   gradient  max: dy to the first tap whose x won; average: dy * (1 / count) to each tap
//   layout:    channels side by side; a span of outputs, see pool.h
//   registers: the compiler's
//   overflow:  sums of bytes: 2^16 taps of at most 255 are less than 2^24, exact in f32; their quotient, rounded once,
//              meets no tie that is none: |q - tie| >= 1 / (2 * count) > 2^-17, half a unit of q's last place
//   reads:     the channels of the taps, exactly
//   target:    any CPU
//   truth: test/pool_test.c, written from tern.h    test: pool_test    bench: bench/lab/pool_lab.c
#include "../pool.h"
#include "scalar.h"

#include <string.h>

static float greater(float m, float x) {
  return x <= m || m != m ? m : x;
}

void pool_max_f32_scalar(const struct pool_span *span) {
  for (int64_t output = 0; output < span->outputs; output++) {
    const uint8_t *x = span->x + output * span->x_step;
    float *y = (float *)(span->y + output * span->y_step);
    for (int64_t c = 0; c < span->channels; c++) {
      float m = -INFINITY;
      for (int64_t row = 0; row < span->rows; row++) {
        for (int64_t col = 0; col < span->cols; col++) {
          m = greater(m, ((const float *)(x + row * span->x_row + col * span->x_col))[c]);
        }
      }
      y[c] = m;
    }
  }
}

void pool_max_u8_scalar(const struct pool_span *span) {
  const uint8_t flip = pool_flip(span);
  for (int64_t output = 0; output < span->outputs; output++) {
    const uint8_t *x = span->x + output * span->x_step;
    uint8_t *y = span->y + output * span->y_step;
    for (int64_t c = 0; c < span->channels; c++) {
      uint8_t m = 0;
      for (int64_t row = 0; row < span->rows; row++) {
        for (int64_t col = 0; col < span->cols; col++) {
          const uint8_t value = x[row * span->x_row + col * span->x_col + c] ^ flip;
          m = value > m ? value : m;
        }
      }
      y[c] = m ^ flip;
    }
  }
}

void pool_average_f32_scalar(const struct pool_span *span) {
  for (int64_t output = 0; output < span->outputs; output++) {
    const uint8_t *x = span->x + output * span->x_step;
    float *y = (float *)(span->y + output * span->y_step);
    for (int64_t c = 0; c < span->channels; c++) {
      float sum = 0;
      for (int64_t row = 0; row < span->rows; row++) {
        for (int64_t col = 0; col < span->cols; col++) {
          sum += ((const float *)(x + row * span->x_row + col * span->x_col))[c];
        }
      }
      y[c] = sum / (float)span->count;
    }
  }
}

void pool_average_u8_scalar(const struct pool_span *span) {
  const uint8_t flip = pool_flip(span);
  const int32_t zero = pool_zero(span), zeros = zero * (int32_t)(span->rows * span->cols);
  for (int64_t output = 0; output < span->outputs; output++) {
    const uint8_t *x = span->x + output * span->x_step;
    uint8_t *y = span->y + output * span->y_step;
    for (int64_t c = 0; c < span->channels; c++) {
      int32_t sum = 0;
      for (int64_t row = 0; row < span->rows; row++) {
        for (int64_t col = 0; col < span->cols; col++) {
          sum += x[row * span->x_row + col * span->x_col + c] ^ flip;
        }
      }
      const float average = rintf((float)(sum - zeros) / (float)span->count);
      y[c] = (uint8_t)(zero + (int32_t)average) ^ flip;
    }
  }
}

// The tap whose x won, counted through the window.
static int64_t winner(const struct pool_span *span, const uint8_t *x, int64_t c) {
  float m = -INFINITY;
  int64_t won = 0;
  for (int64_t tap = 0; tap < span->rows * span->cols; tap++) {
    const uint8_t *at = x + tap / span->cols * span->x_row + tap % span->cols * span->x_col;
    const float value = ((const float *)at)[c];
    if (!(value <= m || m != m)) {
      m = value;
      won = tap;
    }
  }
  return won;
}

// What tiles are about to write whole.
static void clear_tile(const struct pool_span *span, int64_t output) {
  for (int64_t row = span->add_begin; row < span->add_end && span->are_tiles; row++) {
    for (int64_t col = 0; col < span->cols; col++) {
      uint8_t *dx = span->y + output * span->y_step + row * span->y_row + col * span->y_col;
      memset(dx, 0, (size_t)span->channels * sizeof(float));
    }
  }
}

void pool_max_backward_f32_scalar(const struct pool_span *span) {
  for (int64_t output = 0; output < span->outputs; output++) {
    clear_tile(span, output);
    const float *dy = (const float *)(span->dy + output * span->dy_step);
    for (int64_t c = 0; c < span->channels; c++) {
      const int64_t won = winner(span, span->x + output * span->x_step, c), row = won / span->cols;
      if (row >= span->add_begin && row < span->add_end) {
        uint8_t *dx = span->y + output * span->y_step + row * span->y_row + won % span->cols * span->y_col;
        ((float *)dx)[c] += dy[c];
      }
    }
  }
}

void pool_average_backward_f32_scalar(const struct pool_span *span) {
  const float share = 1.0f / (float)span->count;
  for (int64_t output = 0; output < span->outputs; output++) {
    clear_tile(span, output);
    const float *dy = (const float *)(span->dy + output * span->dy_step);
    for (int64_t row = span->add_begin; row < span->add_end; row++) {
      for (int64_t col = 0; col < span->cols; col++) {
        float *dx = (float *)(span->y + output * span->y_step + row * span->y_row + col * span->y_col);
        for (int64_t c = 0; c < span->channels; c++) {
          dx[c] += dy[c] * share;
        }
      }
    }
  }
}
