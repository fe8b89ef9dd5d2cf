// lstm_test.c -- every kernel of gates with every GEMM kernel that this CPU runs, against cells in double, between
// guard pages; the gates of every instruction set bit for bit alike
//   The truth takes h of the step before from what the kernel made, so that only c carries errors from step to step.
#include "harness.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ARENA = 1 << 20, CASES = 60, MOST_CELLS = 1 << 16 };

#define ROUNDING (0.5 * FLT_EPSILON)
#define ACTIVATION_ERROR (3 * ROUNDING) // src/activation.h, for values of at most 1

static const int64_t SIZES[] = {1, 2, 3, 7, 8, 9, 15, 16, 17, 28, 31, 33, 64, 100};

struct test_case {
  int32_t gates, gemm;
  int64_t inputs, hidden, steps, batch, splits;
  struct tern_gemm input, recurrent;
  struct tern_lstm lstm;
  struct tern_lstm_tensors tensors;
  bool at_end, stateful, large;
  const void *weights; // [4 * hidden][inputs + hidden]
  const float *h0, *c0;
};

static struct arena x_arena, y_arena, state_arena, weights_arena, packed_arena, bias_arena, workspace_arena,
    multipliers_arena, seeds_arena;

static bool quantized(const struct test_case *test) {
  return test->recurrent.a_type == TERN_S8;
}

static int64_t any_size(void) {
  return SIZES[random_bits() % (sizeof SIZES / sizeof SIZES[0])];
}

static float *draw_floats(const struct arena *arena, int64_t count, float scale, bool at_end) {
  float *floats = arena_take(arena, count * 4, at_end);
  for (int64_t i = 0; i < count; i++) {
    floats[i] = scale * random_float();
  }
  return floats;
}

static uint8_t *draw_bytes(const struct arena *arena, int64_t count, bool at_end) {
  uint8_t *bytes = arena_take(arena, count, at_end);
  for (int64_t i = 0; i < count; i++) {
    bytes[i] = (uint8_t)random_bits();
  }
  return bytes;
}

// What the products have in common; scales make z a few units large, or many.
static struct tern_gemm product(const struct test_case *test, int32_t a_type, int64_t k, int32_t beta) {
  struct tern_gemm gemm = {.n = 4 * test->hidden, .k = k, .a_type = a_type, .y_type = TERN_F32, .beta = beta};
  gemm.y_min = -INFINITY, gemm.y_max = INFINITY;
  gemm.a_zero_point = a_type == TERN_U8 ? (int32_t)random_between(0, 255) : 0;
  return gemm;
}

static void draw_tensors(struct test_case *test) {
  struct tern_lstm_tensors *tensors = &test->tensors;
  tensors->steps = test->steps, tensors->batch = test->batch;
  tensors->x_row_stride = test->inputs + (random_bits() & 1 ? 0 : random_between(0, 5));
  tensors->x_step_stride = test->batch * tensors->x_row_stride + (random_bits() & 1 ? 0 : random_between(0, 9));
  tensors->y_row_stride = test->hidden + (random_bits() & 1 ? 0 : random_between(0, 5));
  tensors->y_step_stride = test->batch * tensors->y_row_stride + (random_bits() & 1 ? 0 : random_between(0, 9));
  tensors->state_row_stride = test->hidden + (random_bits() & 1 ? 0 : random_between(0, 5));
  const int64_t x = test->steps == 0 ? 0
                                     : (test->steps - 1) * tensors->x_step_stride +
                                           (test->batch - 1) * tensors->x_row_stride + test->inputs;
  const int64_t y = test->steps == 0 ? 0
                                     : (test->steps - 1) * tensors->y_step_stride +
                                           (test->batch - 1) * tensors->y_row_stride + test->hidden;
  tensors->x = quantized(test) ? (void *)draw_bytes(&x_arena, x, test->at_end)
                               : draw_floats(&x_arena, x, test->large ? 200 : 1, test->at_end);
  tensors->y = draw_floats(&y_arena, y, 1, test->at_end);
  const int64_t state = test->batch * tensors->state_row_stride;
  float *h = draw_floats(&state_arena, 2 * state - (tensors->state_row_stride - test->hidden), 1, test->at_end);
  tensors->h = test->stateful ? h : NULL, tensors->c = test->stateful ? h + state : NULL;
}

static void draw_weights(struct test_case *test) {
  const int64_t rows = 4 * test->hidden, depth = test->inputs + test->hidden;
  const float size = 2 / sqrtf((float)depth);
  if (quantized(test)) {
    int8_t *weights = (int8_t *)draw_bytes(&weights_arena, rows * depth, test->at_end);
    for (int64_t i = 0; i < rows * depth; i++) {
      weights[i] = weights[i] == -128 ? -127 : weights[i];
    }
    test->weights = weights;
    float *multipliers = draw_floats(&multipliers_arena, 2 * rows, 0, test->at_end);
    for (int64_t row = 0; row < rows; row++) {
      const float scale = size / 127 * (1.5f + random_float());
      multipliers[row] = scale * (test->large ? 1 : 1.0f / 100), multipliers[rows + row] = scale / 127;
    }
    test->input.multipliers = multipliers, test->recurrent.multipliers = multipliers + rows;
  } else {
    test->weights = draw_floats(&weights_arena, rows * depth, size, test->at_end);
  }
  test->lstm.bias = draw_floats(&bias_arena, rows, 1, test->at_end);
}

static uint8_t *pack(struct test_case *test, struct tern_gemm *gemm, int64_t first, uint8_t *packed, int32_t *seeds) {
  const int64_t size = quantized(test) ? 1 : 4, depth = test->inputs + test->hidden;
  tern_gemm_pack(test->gemm, gemm->n, gemm->k, (const uint8_t *)test->weights + first * size, 1, depth, packed, 0,
                 tern_gemm_panels(test->gemm, gemm->n));
  if (quantized(test)) {
    tern_gemm_seeds(test->gemm, gemm, packed, seeds);
    gemm->seeds = seeds;
  }
  return packed + tern_gemm_packed_bytes(test->gemm, gemm->n, gemm->k);
}

static void run(struct test_case *test) {
  const int64_t n = 4 * test->hidden;
  int32_t *seeds = arena_take(&seeds_arena, 2 * n * 4, test->at_end);
  uint8_t *packed = packed_arena.begin;
  uint8_t *packed_recurrent = pack(test, &test->input, 0, packed, seeds);
  pack(test, &test->recurrent, test->inputs, packed_recurrent, seeds + n);
  for (int64_t i = 0; i < test->splits; i++) {
    const int64_t begin = test->batch * i / test->splits, end = test->batch * (i + 1) / test->splits;
    const int64_t bytes = tern_lstm_workspace_bytes(test->gemm, &test->lstm, test->steps, end - begin);
    void *workspace = arena_take(&workspace_arena, bytes, test->at_end);
    tern_lstm_run(test->gates, test->gemm, &test->lstm, packed, packed_recurrent, &test->tensors, begin, end,
                  workspace);
  }
}

// A sum in double, or as the integer kernels define it, and how far a kernel may be from it.
struct sum {
  double value, bound;
};

static struct sum float_sum(const struct test_case *test, const float *x, const float *h, int64_t gate) {
  const float *weights = (const float *)test->weights + gate * (test->inputs + test->hidden);
  double value = test->lstm.bias[gate], magnitude = fabs(value);
  for (int64_t k = 0; k < test->inputs; k++) {
    value += (double)x[k] * weights[k];
    magnitude += fabs((double)x[k] * weights[k]);
  }
  for (int64_t k = 0; k < test->hidden && h; k++) {
    value += (double)h[k] * weights[test->inputs + k];
    magnitude += fabs((double)h[k] * weights[test->inputs + k]);
  }
  const double terms = (double)(test->inputs + test->hidden + 4) * ROUNDING;
  return (struct sum){value, terms / (1 - terms) * magnitude};
}

static struct sum byte_sum(const struct test_case *test, const uint8_t *x, const float *h, int64_t gate) {
  const int8_t *weights = (const int8_t *)test->weights + gate * (test->inputs + test->hidden);
  const bool is_signed = test->input.a_type == TERN_S8;
  int32_t from_x = 0, from_h = 0;
  for (int64_t k = 0; k < test->inputs; k++) {
    from_x += ((is_signed ? (int8_t)x[k] : x[k]) - test->input.a_zero_point) * weights[k];
  }
  for (int64_t k = 0; k < test->hidden && h; k++) {
    from_h += (int32_t)rintf(fminf(fmaxf(h[k] * 127, -127), 127)) * weights[test->inputs + k];
  }
  const float z = (float)from_x * test->input.multipliers[gate];
  const float sum = h ? (float)from_h * test->recurrent.multipliers[gate] + z : z;
  return (struct sum){sum + test->lstm.bias[gate], 0};
}

static struct sum gate_of(const struct test_case *test, int64_t step, int64_t row, const float *h, int64_t gate) {
  const struct tern_lstm_tensors *tensors = &test->tensors;
  const int64_t at = step * tensors->x_step_stride + row * tensors->x_row_stride;
  return quantized(test) ? byte_sum(test, (const uint8_t *)tensors->x + at, h, gate)
                         : float_sum(test, (const float *)tensors->x + at, h, gate);
}

// The slope of a sigmoid is at most 1/4, that of tanh 1.
static struct sum sigmoid_of(struct sum z) {
  return (struct sum){1 / (1 + exp(-z.value)), z.bound / 4 + ACTIVATION_ERROR};
}

static struct sum tanh_of(struct sum z) {
  return (struct sum){tanh(z.value), z.bound + ACTIVATION_ERROR};
}

static struct sum times(struct sum p, struct sum q) {
  const double value = p.value * q.value;
  const double bound = p.bound * (fabs(q.value) + q.bound) + q.bound * fabs(p.value);
  return (struct sum){value, bound + ROUNDING * (fabs(value) + bound)};
}

static bool near(struct sum expected, float got) {
  return fabs(got - expected.value) <= expected.bound; // so that NaN fails
}

static struct sum next_c(const struct test_case *test, int64_t step, int64_t row, const float *h, int64_t i,
                         struct sum c) {
  const int64_t hidden = test->hidden;
  const struct sum kept = times(sigmoid_of(gate_of(test, step, row, h, hidden + i)), c);
  const struct sum added =
      times(sigmoid_of(gate_of(test, step, row, h, i)), tanh_of(gate_of(test, step, row, h, 2 * hidden + i)));
  const double value = kept.value + added.value, bound = kept.bound + added.bound;
  return (struct sum){value, bound + ROUNDING * (fabs(value) + bound)};
}

static void compare_row(const struct test_case *test, int64_t row) {
  const struct tern_lstm_tensors *tensors = &test->tensors;
  const int64_t hidden = test->hidden, stride = tensors->state_row_stride;
  for (int64_t i = 0; i < hidden; i++) {
    struct sum c = {test->stateful ? test->c0[row * stride + i] : 0, 0};
    const float *h = test->stateful ? test->h0 + row * stride : NULL;
    bool ok = true;
    for (int64_t step = 0; step < test->steps; step++) {
      c = next_c(test, step, row, h, i, c);
      const struct sum output = sigmoid_of(gate_of(test, step, row, h, 3 * hidden + i));
      h = tensors->y + step * tensors->y_step_stride + row * tensors->y_row_stride;
      ok = ok && near(times(output, tanh_of(c)), h[i]);
    }
    if (test->stateful) {
      ok = ok && near(c, tensors->c[row * stride + i]) && tensors->h[row * stride + i] == h[i];
    }
    check(ok, "%s with %s: inputs %lld hidden %lld steps %lld batch %lld splits %lld%s%s: row %lld cell %lld",
          tern_kernel_at(test->gates)->name, tern_kernel_at(test->gemm)->name, (long long)test->inputs,
          (long long)hidden, (long long)test->steps, (long long)test->batch, (long long)test->splits,
          test->stateful ? " stateful" : "", test->large ? " large" : "", (long long)row, (long long)i);
  }
}

// With the gates in plain C, from the same state, every bit is the same.
static void compare_with(struct test_case *test, int32_t scalar, const float *before, int64_t state_bytes) {
  static float y[ARENA / 4], state[2 * MOST_CELLS];
  const int64_t y_bytes = y_arena.end - y_arena.begin;
  memcpy(y, y_arena.begin, (size_t)y_bytes);
  if (test->stateful) {
    memcpy(state, test->tensors.h, (size_t)state_bytes);
    memcpy(test->tensors.h, before, (size_t)state_bytes);
  }
  test->gates = scalar;
  run(test);
  check(memcmp(y, y_arena.begin, (size_t)y_bytes) == 0 &&
            (!test->stateful || memcmp(state, test->tensors.h, (size_t)state_bytes) == 0),
        "other gates than plain C, with %s", tern_kernel_at(test->gemm)->name);
}

static void run_case(int32_t gates, int32_t gemm, int32_t scalar) {
  static float state[2 * MOST_CELLS];
  struct test_case test = {.gates = gates, .gemm = gemm, .inputs = any_size(), .hidden = any_size()};
  test.steps = random_between(0, 6), test.batch = random_bits() & 1 ? 1 : random_between(1, 20);
  test.splits = random_bits() & 1 ? 1 : random_between(1, 3);
  test.at_end = random_bits() % 4 != 0, test.stateful = random_bits() & 1, test.large = random_bits() % 4 == 0;
  const bool integer = tern_kernel_at(gemm)->acc_type == TERN_S32;
  const int32_t x_type = integer ? (random_bits() & 1 ? TERN_U8 : TERN_S8) : TERN_F32;
  test.input = product(&test, x_type, test.inputs, 0);
  test.recurrent = product(&test, integer ? TERN_S8 : TERN_F32, test.hidden, 1);
  test.lstm = (struct tern_lstm){.hidden = test.hidden};
  draw_tensors(&test);
  draw_weights(&test);
  test.lstm.input = &test.input, test.lstm.recurrent = &test.recurrent;
  const int64_t stride = test.tensors.state_row_stride;
  const int64_t state_bytes = ((2 * test.batch - 1) * stride + test.hidden) * 4;
  if (test.stateful) {
    memcpy(state, test.tensors.h, (size_t)state_bytes);
    test.h0 = state, test.c0 = state + test.batch * stride;
  }
  run(&test);
  for (int64_t row = 0; row < test.batch; row++) {
    compare_row(&test, row);
  }
  compare_with(&test, scalar, state, state_bytes);
}

static void run_kernels(const struct selection *gates, int32_t acc_type, int32_t b_type) {
  const struct selection gemms = kernels_of(TERN_GEMM, acc_type);
  for (int32_t i = 0; i < gates->count; i++) {
    for (int32_t j = 0; j < gemms.count; j++) {
      if (tern_kernel_at(gemms.kernels[j])->b_type != b_type) {
        continue;
      }
      for (int test = 0; test < CASES; test++) {
        run_case(gates->kernels[i], gemms.kernels[j], gates->kernels[0]);
      }
      printf("  covered  %s with %s\n", tern_kernel_at(gates->kernels[i])->name,
             tern_kernel_at(gemms.kernels[j])->name);
    }
  }
}

int main(void) {
  x_arena = arena_create(ARENA), y_arena = arena_create(ARENA), state_arena = arena_create(ARENA);
  weights_arena = arena_create(ARENA), packed_arena = arena_create(ARENA), bias_arena = arena_create(ARENA);
  workspace_arena = arena_create(ARENA), multipliers_arena = arena_create(ARENA), seeds_arena = arena_create(ARENA);
  const struct selection gates = kernels_of(TERN_LSTM, TERN_F32);
  run_kernels(&gates, TERN_F32, TERN_F32);
  run_kernels(&gates, TERN_S32, TERN_S8);
  return finish();
}
