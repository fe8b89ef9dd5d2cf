// lstm_training_test.c -- both passes of training by every f32 GEMM kernel with its gates, against cells in double,
// between guard pages; the gates of every instruction set, and every cut of the batch, bit for bit alike
//   The truth takes what a step begins with from the tape that the kernel made, so that only dL/dc carries errors from
//   step to step: each value goes with the bound of its error, which sums and products pass on.
#include "harness.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ARENA = 1 << 21, CASES = 60 };

#define ROUNDING (0.5 * FLT_EPSILON)
#define ACTIVATION_ERROR (3 * ROUNDING) // src/activation.h, for values of at most 1

static const int64_t SIZES[] = {1, 2, 3, 7, 8, 9, 15, 16, 17, 28, 31, 33, 64, 100};

struct test_case {
  int32_t gates, gradient, gemm; // kernels
  int64_t inputs, hidden, batch, splits;
  bool at_end, stateful;
  float size; // of x
  struct tern_gemm forward, backward;
  struct tern_lstm_tape tape;
  struct tern_lstm_flow flow;
  int64_t tape_bytes, flow_bytes;
  const float *weights, *bias; // [4 * hidden][inputs + hidden]
};

static struct arena tape_arena, flow_arena, weights_arena, packed_arena, bias_arena, workspace_arena;
static uint8_t made[ARENA], kept[ARENA], flowed[ARENA], dy_before[ARENA];

static int64_t any_size(void) {
  return SIZES[random_bits() % (sizeof SIZES / sizeof SIZES[0])];
}

static int64_t any_gap(int64_t most) {
  return random_bits() & 1 ? 0 : random_between(0, most);
}

static float *draw_floats(const struct arena *arena, int64_t count, float scale, bool at_end) {
  float *floats = arena_take(arena, count * 4, at_end);
  for (int64_t i = 0; i < count; i++) {
    floats[i] = scale * random_float();
  }
  return floats;
}

static struct tern_gemm product(int64_t n, int64_t k) {
  struct tern_gemm gemm = {.n = n, .k = k, .a_type = TERN_F32, .y_type = TERN_F32};
  gemm.y_min = -INFINITY, gemm.y_max = INFINITY;
  return gemm;
}

// Elements from the first to the last.
static int64_t extent(int64_t entries, int64_t entry_stride, int64_t rows, int64_t row_stride, int64_t width) {
  return entries == 0 ? 0 : (entries - 1) * entry_stride + (rows - 1) * row_stride + width;
}

static void draw(struct test_case *test) {
  const int64_t depth = test->inputs + test->hidden, width = depth + 5 * test->hidden;
  struct tern_lstm_tape *tape = &test->tape;
  struct tern_lstm_flow *flow = &test->flow;
  tape->row_stride = width + any_gap(5);
  tape->step_stride = test->batch * tape->row_stride + any_gap(9);
  flow->row_stride = test->hidden + any_gap(5);
  flow->step_stride = test->batch * flow->row_stride + any_gap(9);
  const int64_t entries = tape->steps + (test->stateful ? 2 : 0);
  const int64_t floats = extent(tape->steps + 1, tape->step_stride, test->batch, tape->row_stride, width);
  const int64_t flows = extent(entries, flow->step_stride, test->batch, flow->row_stride, test->hidden);
  tape->first = draw_floats(&tape_arena, floats, test->size, test->at_end);
  flow->dy = draw_floats(&flow_arena, flows, 1, test->at_end);
  test->tape_bytes = floats * 4, test->flow_bytes = flows * 4;
  test->weights = draw_floats(&weights_arena, 4 * test->hidden * depth, 2 / sqrtf((float)depth), test->at_end);
  test->bias = draw_floats(&bias_arena, 4 * test->hidden, 1, test->at_end);
  test->forward = product(4 * test->hidden, depth), test->backward = product(test->hidden, 4 * test->hidden);
}

static float *tape_row(const struct test_case *test, uint8_t *tape, int64_t entry, int64_t row) {
  return (float *)tape + entry * test->tape.step_stride + row * test->tape.row_stride;
}

static void run_forward(const struct test_case *test, int64_t splits) {
  const struct tern_lstm_training training = {test->inputs, test->hidden, &test->forward, test->stateful};
  const int64_t n = test->forward.n, k = test->forward.k;
  tern_gemm_pack(test->gemm, n, k, test->weights, 1, k, packed_arena.begin, 0, tern_gemm_panels(test->gemm, n));
  for (int64_t i = 0; i < splits; i++) {
    const int64_t begin = test->batch * i / splits, end = test->batch * (i + 1) / splits;
    const int64_t bytes = tern_lstm_training_workspace_bytes(test->gemm, &training, end - begin);
    tern_lstm_training_forward(test->gates, test->gemm, &training, packed_arena.begin, test->bias, &test->tape, begin,
                               end, arena_take(&workspace_arena, bytes, test->at_end));
  }
}

static void run_backward(const struct test_case *test, int64_t splits) {
  const struct tern_lstm_training training = {test->inputs, test->hidden, &test->backward, test->stateful};
  const int64_t n = test->backward.n, k = test->backward.k;
  tern_gemm_pack(test->gemm, n, k, test->weights + test->inputs, test->inputs + test->hidden, 1, packed_arena.begin, 0,
                 tern_gemm_panels(test->gemm, n));
  for (int64_t i = 0; i < splits; i++) {
    const int64_t begin = test->batch * i / splits, end = test->batch * (i + 1) / splits;
    const int64_t bytes = tern_lstm_training_workspace_bytes(test->gemm, &training, end - begin);
    tern_lstm_training_backward(test->gradient, test->gemm, &training, packed_arena.begin, &test->flow, &test->tape,
                                begin, end, arena_take(&workspace_arena, bytes, test->at_end));
  }
}

// A number, and how far a kernel may be from it.
struct sum {
  double value, bound;
};

static struct sum exactly(double value) {
  return (struct sum){value, 0};
}

// Below the normal numbers, rounding is absolute.
static struct sum rounded(double value, double bound) {
  return (struct sum){value, bound + ROUNDING * (fabs(value) + bound) + FLT_TRUE_MIN};
}

static struct sum plus(struct sum p, struct sum q) {
  return rounded(p.value + q.value, p.bound + q.bound);
}

static struct sum minus(struct sum p, struct sum q) {
  return rounded(p.value - q.value, p.bound + q.bound);
}

static struct sum times(struct sum p, struct sum q) {
  return rounded(p.value * q.value, p.bound * (fabs(q.value) + q.bound) + q.bound * fabs(p.value));
}

static struct sum less_square(struct sum from, struct sum x) {
  return minus(from, times(x, x));
}

// start + sum over k of a[k] * b[k * stride], in any order.
static struct sum dot(double start, const float *a, const float *b, int64_t stride, int64_t count) {
  double value = start, magnitude = fabs(start);
  for (int64_t k = 0; k < count; k++) {
    value += (double)a[k] * b[k * stride];
    magnitude += fabs((double)a[k] * b[k * stride]);
  }
  const double terms = (double)(count + 2) * ROUNDING;
  return (struct sum){value, terms / (1 - terms) * magnitude};
}

// The slope of a sigmoid is at most 1/4, that of tanh 1.
static struct sum sigmoid_of(struct sum z) {
  return (struct sum){1 / (1 + exp(-z.value)), z.bound / 4 + ACTIVATION_ERROR};
}

static struct sum tanh_of(struct sum z) {
  return (struct sum){tanh(z.value), z.bound + ACTIVATION_ERROR};
}

static bool near(struct sum expected, float got) {
  return fabs(got - expected.value) <= expected.bound; // so that NaN fails
}

static void report(const struct test_case *test, bool ok, const char *pass, int64_t step, int64_t row, int64_t i) {
  check(ok, "%s by %s: inputs %lld hidden %lld steps %lld batch %lld%s: step %lld row %lld cell %lld", pass,
        tern_kernel_at(test->gemm)->name, (long long)test->inputs, (long long)test->hidden, (long long)test->tape.steps,
        (long long)test->batch, test->stateful ? " stateful" : "", (long long)step, (long long)row, (long long)i);
}

static void compare_forward(const struct test_case *test, int64_t step, int64_t row) {
  const int64_t hidden = test->hidden, depth = test->inputs + hidden;
  const float *now = tape_row(test, kept, step, row), *next = tape_row(test, kept, step + 1, row);
  const float *c = now + depth, *gates = c + hidden;
  for (int64_t i = 0; i < hidden; i++) {
    struct sum z[4];
    for (int64_t part = 0; part < 4; part++) {
      const int64_t gate = part * hidden + i;
      z[part] = dot(test->bias[gate], now, test->weights + gate * depth, 1, depth);
    }
    const struct sum input = sigmoid_of(z[0]), forget = sigmoid_of(z[1]), candidate = tanh_of(z[2]);
    const struct sum output = sigmoid_of(z[3]);
    const struct sum next_c = plus(times(forget, exactly(c[i])), times(input, candidate));
    report(test,
           near(input, gates[i]) && near(forget, gates[hidden + i]) && near(candidate, gates[2 * hidden + i]) &&
               near(output, gates[3 * hidden + i]) && near(next_c, next[depth + i]) &&
               near(times(output, tanh_of(next_c)), next[test->inputs + i]),
           "forward", step, row, i);
  }
}

// Whether dL/dz of a cell is right; takes dc from after the step to before it.
static bool is_gradient(const struct test_case *test, int64_t step, int64_t row, int64_t i, struct sum dh,
                        struct sum *dc) {
  const int64_t hidden = test->hidden, depth = test->inputs + hidden;
  const float *gates = tape_row(test, kept, step, row) + depth + hidden + i;
  const float *dz = tape_row(test, made, step, row) + depth + hidden + i;
  const struct sum input = exactly(gates[0]), forget = exactly(gates[hidden]);
  const struct sum candidate = exactly(gates[2 * hidden]), output = exactly(gates[3 * hidden]);
  const struct sum c = exactly(tape_row(test, kept, step, row)[depth + i]);
  const struct sum shown = tanh_of(exactly(tape_row(test, kept, step + 1, row)[depth + i]));
  const struct sum all = plus(*dc, times(times(dh, output), less_square(exactly(1), shown)));
  *dc = times(all, forget);
  return near(times(times(all, candidate), less_square(input, input)), dz[0]) &&
         near(times(times(all, c), less_square(forget, forget)), dz[hidden]) &&
         near(times(times(all, input), less_square(exactly(1), candidate)), dz[2 * hidden]) &&
         near(times(times(dh, shown), less_square(output, output)), dz[3 * hidden]);
}

static void compare_backward(const struct test_case *test, int64_t row) {
  const int64_t hidden = test->hidden, depth = test->inputs + hidden, steps = test->tape.steps;
  const float *dy = (const float *)dy_before + row * test->flow.row_stride;
  const float *left = (const float *)flowed + row * test->flow.row_stride + steps * test->flow.step_stride;
  for (int64_t i = 0; i < hidden; i++) {
    const float *state = dy + steps * test->flow.step_stride + i;
    struct sum dh = exactly(test->stateful ? state[0] : 0);
    struct sum dc = exactly(test->stateful ? state[test->flow.step_stride] : 0);
    for (int64_t step = steps - 1; step >= 0; step--) {
      const struct sum all = plus(dh, exactly(dy[step * test->flow.step_stride + i]));
      report(test, is_gradient(test, step, row, i, all, &dc), "backward", step, row, i);
      dh =
          dot(0, tape_row(test, made, step, row) + depth + hidden, test->weights + test->inputs + i, depth, 4 * hidden);
    }
    if (test->stateful) {
      report(test, near(dh, left[i]) && near(dc, left[test->flow.step_stride + i]), "backward state", -1, row, i);
    }
  }
}

// What a pass must not touch: x, and after the forward pass what was on the tape.
static void compare_untouched(const struct test_case *test, const uint8_t *before, uint8_t *after) {
  const int64_t kept_floats = test->inputs + 2 * test->hidden;
  for (int64_t row = 0; row < test->batch; row++) {
    for (int64_t entry = 0; entry <= test->tape.steps; entry++) {
      const float *x = tape_row(test, (uint8_t *)before, entry, row);
      check(memcmp(x, tape_row(test, after, entry, row), (size_t)kept_floats * 4) == 0, "the tape changed");
    }
  }
}

// The same from what was before, by other gates or another cut of the batch.
static void compare_again(struct test_case *test, const uint8_t *tape_before, const uint8_t *tape_after, bool forward) {
  memcpy(test->tape.first, tape_before, (size_t)test->tape_bytes);
  memcpy(test->flow.dy, dy_before, (size_t)test->flow_bytes);
  const int64_t splits = test->splits % 3 + 1;
  if (forward) {
    run_forward(test, splits);
  } else {
    run_backward(test, splits);
    check(memcmp(test->flow.dy, flowed, (size_t)test->flow_bytes) == 0, "another dL/dstate than plain C's");
  }
  check(memcmp(test->tape.first, tape_after, (size_t)test->tape_bytes) == 0, "another tape than plain C's, with %s",
        tern_kernel_at(test->gemm)->name);
}

static void run_case(struct test_case test, int32_t scalar_gates, int32_t scalar_gradient) {
  static uint8_t drawn[ARENA];
  test.inputs = any_size(), test.hidden = any_size(), test.tape.steps = random_between(0, 5);
  test.batch = random_bits() & 1 ? 1 : random_between(1, 20), test.splits = random_between(1, 3);
  test.at_end = random_bits() % 4 != 0, test.stateful = random_bits() & 1;
  test.size = random_bits() % 4 == 0 ? 100 : 1;
  draw(&test);
  memcpy(drawn, test.tape.first, (size_t)test.tape_bytes);
  memcpy(dy_before, test.flow.dy, (size_t)test.flow_bytes);
  run_forward(&test, test.splits);
  memcpy(kept, test.tape.first, (size_t)test.tape_bytes);
  run_backward(&test, test.splits);
  memcpy(made, test.tape.first, (size_t)test.tape_bytes);
  memcpy(flowed, test.flow.dy, (size_t)test.flow_bytes);
  for (int64_t row = 0; row < test.batch; row++) {
    for (int64_t step = 0; step < test.tape.steps; step++) {
      compare_forward(&test, step, row);
      check(memcmp(tape_row(&test, drawn, step, row), tape_row(&test, kept, step, row), (size_t)test.inputs * 4) == 0,
            "x changed");
    }
    compare_backward(&test, row);
  }
  compare_untouched(&test, kept, made);
  test.gates = scalar_gates, test.gradient = scalar_gradient;
  compare_again(&test, drawn, kept, true);
  compare_again(&test, kept, made, false);
}

int main(void) {
  tape_arena = arena_create(ARENA), flow_arena = arena_create(ARENA), weights_arena = arena_create(ARENA);
  packed_arena = arena_create(ARENA), bias_arena = arena_create(ARENA), workspace_arena = arena_create(ARENA);
  const struct selection gates = kernels_of(TERN_LSTM, TERN_F32);
  const struct selection gradients = kernels_of(TERN_LSTM_GRADIENT, TERN_F32);
  const struct selection gemms = kernels_of(TERN_GEMM, TERN_F32);
  check(gates.count == gradients.count, "%d kernels of gates, %d of their gradient", gates.count, gradients.count);
  for (int32_t i = 0; i < gradients.count; i++) {
    for (int32_t j = 0; j < gemms.count; j++) {
      const struct tern_kernel *gemm = tern_kernel_at(gemms.kernels[j]);
      if (gemm->a_type != TERN_F32 || gemm->b_type != TERN_F32) {
        continue;
      }
      const struct test_case kernels = {
          .gates = gates.kernels[i], .gradient = gradients.kernels[i], .gemm = gemms.kernels[j]};
      for (int test = 0; test < CASES; test++) {
        run_case(kernels, gates.kernels[0], gradients.kernels[0]);
      }
      printf("  covered  %s, %s with %s\n", tern_kernel_at(gates.kernels[i])->name,
             tern_kernel_at(gradients.kernels[i])->name, gemm->name);
    }
  }
  return finish();
}
