// conv2d_test.c -- convolutions by every GEMM kernel that has their types, and by every depthwise one, against loops
// over each term, between guard pages: s32 sums bit by bit, f32 within a derived bound
#include "harness.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ARENA = 4 << 20, CASES = 400 };

struct strides {
  int64_t image, row, col; // elements
};

struct test_case {
  int32_t kernel;
  int64_t images, channels, filters; // of a group
  struct tern_conv2d conv;
  struct tern_gemm product;
  struct strides x, y;
  float *a_scales; // of the positions of y, or NULL
  bool at_end;
  int64_t splits;
};

static struct arena x_arena, y_arena, weights_arena, packed_arena, workspace_arena, bias_arena, scale_arena, seed_arena,
    position_arena;

static bool is_sign(const struct test_case *test) {
  return test->product.a_type == TERN_B1;
}

static bool is_float(const struct test_case *test) {
  return test->product.a_type == TERN_F32;
}

static int64_t y_bytes(const struct test_case *test) {
  return test->product.y_type == TERN_U8 || test->product.y_type == TERN_S8 ? 1 : 4;
}

// Elements from one (kh, kw) to the next in weights.
static int64_t term_elements(const struct test_case *test) {
  return is_sign(test) ? (test->channels + 7) / 8 * 8 : test->channels;
}

static int64_t extent(int64_t images, int64_t rows, int64_t cols, int64_t last, const struct strides *strides) {
  return images * rows * cols == 0
             ? 0
             : (images - 1) * strides->image + (rows - 1) * strides->row + (cols - 1) * strides->col + last;
}

static void *draw(const struct arena *arena, int64_t elements, int32_t type, bool at_end) {
  const int64_t bytes = type == TERN_F32 ? elements * 4 : type == TERN_B1 ? (elements + 7) / 8 : elements;
  uint8_t *to = arena_take(arena, bytes, at_end);
  for (int64_t i = 0; type == TERN_F32 && i < elements; i++) {
    ((float *)to)[i] = random_float();
  }
  for (int64_t i = 0; type != TERN_F32 && i < bytes; i++) {
    to[i] = (uint8_t)random_bits();
  }
  return to;
}

static double element(const void *from, int64_t index, int32_t type) {
  switch (type) {
  case TERN_F32:
    return ((const float *)from)[index];
  case TERN_U8:
    return ((const uint8_t *)from)[index];
  case TERN_S8:
    return ((const int8_t *)from)[index];
  default: // signs
    return ((const uint8_t *)from)[index / 8] >> index % 8 & 1 ? 1 : -1;
  }
}

// A position of y and what multiplies there.
struct sum {
  double value, magnitude;
};

static int64_t x_index(const struct test_case *test, int64_t image, int64_t row, int64_t col, int64_t channel) {
  return image * test->x.image + row * test->x.row + col * test->x.col + channel;
}

static struct sum sum_of(const struct test_case *test, const void *x, const void *weights, int64_t image, int64_t oh,
                         int64_t ow, int64_t filter) {
  const struct tern_conv2d *conv = &test->conv;
  const struct tern_gemm *product = &test->product;
  const int64_t group = filter / test->filters, taps = conv->kernel_height * conv->kernel_width;
  struct sum sum = {0, 0};
  for (int64_t tap = 0; tap < taps; tap++) {
    const int64_t kh = tap / conv->kernel_width, kw = tap % conv->kernel_width;
    const int64_t row = oh * conv->stride_height - conv->top + kh * conv->dilation_height;
    const int64_t col = ow * conv->stride_width - conv->left + kw * conv->dilation_width;
    if (row < 0 || row >= conv->height || col < 0 || col >= conv->width) {
      continue;
    }
    for (int64_t c = 0; c < test->channels; c++) {
      const int64_t weight = (filter * taps + tap) * term_elements(test) + c;
      const double b = element(weights, weight, product->a_type == TERN_U8 ? TERN_S8 : product->a_type);
      const double a = element(x, x_index(test, image, row, col, group * test->channels + c), product->a_type);
      const double zb = product->b_zero_points ? product->b_zero_points[filter] : 0;
      sum.value += (a - product->a_zero_point) * (b - zb);
      sum.magnitude += fabs(a * b);
    }
  }
  return sum;
}

static void describe(const struct test_case *test, char *text, size_t size) {
  const struct tern_conv2d *c = &test->conv;
  snprintf(text, size,
           "%s %lld x %lldx%lldx%lld -> %lldx%lldx%lld kernel %lldx%lld stride %lldx%lld dilation %lldx%lld padding "
           "%lld %lld groups %lld types %d %d splits %lld",
           tern_kernel_at(test->kernel)->name, (long long)test->images, (long long)c->height, (long long)c->width,
           (long long)c->channels, (long long)c->out_height, (long long)c->out_width, (long long)test->product.n,
           (long long)c->kernel_height, (long long)c->kernel_width, (long long)c->stride_height,
           (long long)c->stride_width, (long long)c->dilation_height, (long long)c->dilation_width, (long long)c->top,
           (long long)c->left, (long long)c->groups, test->product.a_type, test->product.y_type,
           (long long)test->splits);
}

static bool is_right(const struct test_case *test, const struct sum *sum, int64_t position, int64_t filter,
                     const void *y, int64_t index) {
  const struct tern_gemm *product = &test->product;
  const double bias = !product->bias   ? 0
                      : is_float(test) ? ((const float *)product->bias)[filter]
                                       : ((const int32_t *)product->bias)[filter];
  const double value = sum->value + bias;
  if (is_float(test)) {
    const double terms = (double)(product->k + 2) * (0.5 * FLT_EPSILON), magnitude = sum->magnitude + fabs(bias);
    const double error = fabs(((const float *)y)[index] - fmin(fmax(value, product->y_min), product->y_max));
    return error <= terms / (1 - terms) * magnitude;
  }
  if (product->y_type == TERN_S32) {
    return ((const int32_t *)y)[index] == (int32_t)value;
  }
  const float scaled = (float)(int32_t)value * product->multipliers[filter];
  if (product->y_type == TERN_F32) {
    const float by_row = test->a_scales ? scaled * test->a_scales[position] : scaled;
    return ((const float *)y)[index] == fminf(fmaxf(by_row, product->y_min), product->y_max);
  }
  const float rounded = rintf(scaled) + (float)product->y_zero_point;
  return element(y, index, product->y_type) == fminf(fmaxf(rounded, product->y_min), product->y_max);
}

static void compare(const struct test_case *test, const void *x, const void *weights, const void *y) {
  char text[400];
  for (int64_t position = 0; position < test->images * test->conv.out_height * test->conv.out_width; position++) {
    const int64_t ow = position % test->conv.out_width, line = position / test->conv.out_width;
    const int64_t image = line / test->conv.out_height, oh = line % test->conv.out_height;
    for (int64_t filter = 0; filter < test->product.n; filter++) {
      const struct sum sum = sum_of(test, x, weights, image, oh, ow, filter);
      const int64_t index = image * test->y.image + oh * test->y.row + ow * test->y.col + filter;
      if (!is_right(test, &sum, position, filter, y, index)) {
        describe(test, text, sizeof text);
        check(false, "%s: y[%lld][%lld][%lld][%lld] for a sum of %g", text, (long long)image, (long long)oh,
              (long long)ow, (long long)filter, sum.value);
        return;
      }
    }
  }
  check(true, "equal");
}

static void pack_and_run(struct test_case *test, const void *x, const void *weights, void *y) {
  const struct tern_conv2d *conv = &test->conv;
  const int32_t kernel = test->kernel;
  const int64_t splits = test->splits, panels = tern_conv2d_panels(kernel, conv);
  void *packed = arena_take(&packed_arena, tern_conv2d_packed_bytes(kernel, conv), test->at_end);
  for (int64_t i = 0; i < splits; i++) {
    tern_conv2d_pack(kernel, conv, weights, packed, panels * i / splits, panels * (i + 1) / splits);
  }
  int32_t *seeds = arena_take(&seed_arena, tern_conv2d_seed_rows(conv) * test->product.n * 4, true);
  if (!is_float(test)) {
    tern_conv2d_seeds(kernel, conv, weights, packed, seeds);
    test->product.seeds = seeds;
  }
  const int64_t tiles = tern_conv2d_tiles(kernel, conv, test->images);
  for (int64_t i = 0; i < splits; i++) {
    void *workspace = arena_take(&workspace_arena, tern_conv2d_workspace_bytes(kernel, conv), test->at_end);
    tern_conv2d_run(kernel, conv, packed, test->images, x, test->x.image, test->x.row, test->x.col, test->a_scales, y,
                    test->y.image, test->y.row, test->y.col, tiles * i / splits, tiles * (i + 1) / splits, workspace);
  }
}

// Zeros in what lies between the channels of signs.
static void clear_gaps(const struct test_case *test, uint8_t *weights) {
  const int64_t bytes = term_elements(test) / 8;
  const int64_t terms = test->product.n * test->conv.kernel_height * test->conv.kernel_width;
  for (int64_t term = 0; term < terms && test->channels % 8; term++) {
    weights[(term + 1) * bytes - 1] &= (uint8_t)(0xff >> (-test->channels & 7));
  }
}

static void set_epilogue(struct test_case *test) {
  struct tern_gemm *product = &test->product;
  const bool is_byte = y_bytes(test) == 1, has_sign = product->y_type == TERN_S8;
  int32_t *bias = arena_take(&bias_arena, product->n * 4, true);
  float *multipliers = arena_take(&scale_arena, product->n * 4, true);
  for (int64_t filter = 0; filter < product->n; filter++) {
    if (is_float(test)) {
      ((float *)bias)[filter] = random_float();
    } else {
      bias[filter] = (int32_t)random_between(-1000, 1000);
    }
    multipliers[filter] = (1 + random_float() * 0.5f) * (is_byte ? 0.003f : 0.1f);
  }
  product->bias = random_bits() & 1 ? bias : NULL;
  product->multipliers = multipliers;
  product->y_zero_point = is_byte ? (int32_t)random_between(has_sign ? -20 : 0, 20) : 0;
  const bool clamps = random_bits() & 1;
  product->y_min = is_byte ? (has_sign ? -128 : 0) : clamps ? 0 : -INFINITY;
  product->y_max = is_byte ? (has_sign ? 127 : 255) : clamps ? 50 : INFINITY;
}

// Of every other case of signs to f32.
static void draw_positions(struct test_case *test) {
  const int64_t positions = test->images * test->conv.out_height * test->conv.out_width;
  float *scales = arena_take(&position_arena, positions * 4, test->at_end);
  for (int64_t i = 0; i < positions; i++) {
    scales[i] = random_float() + 1.5f;
  }
  test->a_scales = is_sign(test) && test->product.y_type == TERN_F32 && random_bits() & 1 ? scales : NULL;
}

static void run_case(struct test_case *test) {
  const struct tern_conv2d *conv = &test->conv;
  const int32_t type = test->product.a_type, b_type = type == TERN_U8 ? TERN_S8 : type;
  const void *x =
      draw(&x_arena, extent(test->images, conv->height, conv->width, conv->channels, &test->x), type, test->at_end);
  const int64_t taps = conv->kernel_height * conv->kernel_width;
  void *weights = draw(&weights_arena, test->product.n * taps * term_elements(test), b_type, test->at_end);
  if (is_sign(test)) {
    clear_gaps(test, weights);
  }
  set_epilogue(test);
  draw_positions(test);
  int32_t *zero_points = arena_take(&seed_arena, test->product.n * 4, false);
  for (int64_t i = 0; i < test->product.n; i++) {
    zero_points[i] = (int32_t)random_between(-128, 127);
  }
  test->product.b_zero_points = !is_float(test) && !is_sign(test) && random_bits() % 3 == 0 ? zero_points : NULL;
  const int64_t y_elements = extent(test->images, conv->out_height, conv->out_width, test->product.n, &test->y);
  void *y = arena_take(&y_arena, y_elements * y_bytes(test), test->at_end);
  pack_and_run(test, x, weights, y);
  compare(test, x, weights, y);
}

static int64_t outputs(int64_t size, int64_t padding, int64_t kernel, int64_t stride, int64_t dilation) {
  const int64_t free = size + padding - (kernel - 1) * dilation - 1;
  return free < 0 ? 0 : free / stride + 1;
}

static int64_t gap(bool any, int64_t step) {
  return any && random_bits() & 1 ? random_between(0, 9) * step : 0;
}

static struct strides strides_of(int64_t height, int64_t width, int64_t last, int64_t step) {
  struct strides strides;
  const bool gaps = random_bits() % 3 == 0;
  strides.col = (last + step - 1) / step * step + gap(gaps, step);
  strides.row = width * strides.col + gap(gaps, step);
  strides.image = height * strides.row + gap(gaps, step);
  return strides;
}

// Groups, and what one has of channels and filters.
static void draw_groups(struct test_case *test) {
  static const int64_t SIZES[] = {1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 24, 33, 64, 65};
  const struct tern_kernel *row = tern_kernel_at(test->kernel);
  if (row->op == TERN_DEPTHWISE) {
    test->channels = test->filters = 1;
    test->conv.groups = SIZES[random_bits() % 16] + (random_bits() % 8 == 0 ? 100 : 0);
    return;
  }
  test->conv.groups = random_bits() % 3 ? 1 : random_between(2, 3);
  const bool joined_bits = row->a_type == TERN_B1 && test->conv.groups > 1;
  test->channels = SIZES[random_bits() % 16] * (joined_bits ? 8 : 1);
  test->filters = SIZES[random_bits() % 16];
}

static struct test_case draw_case(int32_t kernel) {
  const struct tern_kernel *row = tern_kernel_at(kernel);
  struct test_case test = {.kernel = kernel, .images = random_between(0, 3) % 3, .at_end = random_bits() % 4 != 0};
  struct tern_conv2d *conv = &test.conv;
  const int64_t sides[] = {1, 2, 3, 5, 7};
  draw_groups(&test);
  conv->channels = test.channels * conv->groups;
  conv->height = random_between(0, 13), conv->width = random_between(1, 17);
  conv->kernel_height = sides[random_bits() % 5], conv->kernel_width = sides[random_bits() % 5];
  conv->stride_height = random_between(1, 3), conv->stride_width = random_between(1, 3);
  conv->row_step = conv->col_step = 1;
  conv->dilation_height = random_between(1, 2), conv->dilation_width = random_between(1, 2);
  conv->top = random_between(-1, 3), conv->left = random_between(-1, 3);
  conv->out_height = outputs(conv->height, conv->top + random_between(0, 3), conv->kernel_height, conv->stride_height,
                             conv->dilation_height);
  conv->out_width = outputs(conv->width, conv->left + random_between(0, 3), conv->kernel_width, conv->stride_width,
                            conv->dilation_width);
  if (random_bits() % 8 == 0) { // in place
    conv->kernel_height = conv->kernel_width = 1, conv->top = conv->left = 0;
    conv->out_height = (conv->height + conv->stride_height - 1) / conv->stride_height;
    conv->out_width = (conv->width + conv->stride_width - 1) / conv->stride_width;
  }
  const bool both = row->acc_type == TERN_S32 && row->a_type != TERN_B1;
  const int32_t y_types[] = {TERN_S32, TERN_F32, TERN_S8, TERN_U8};
  test.product = (struct tern_gemm){.n = test.filters * conv->groups,
                                    .a_type = both ? (random_bits() & 1 ? TERN_U8 : TERN_S8) : row->a_type,
                                    .y_type = row->acc_type == TERN_F32 ? TERN_F32 : y_types[random_bits() % 4]};
  test.product.k = conv->kernel_height * conv->kernel_width * term_elements(&test);
  test.product.a_zero_point = both ? (int32_t)random_between(test.product.a_type == TERN_S8 ? -128 : 0, 127) : 0;
  test.x = strides_of(conv->height, conv->width, conv->channels, is_sign(&test) ? 8 : 1);
  test.y = strides_of(conv->out_height, conv->out_width, test.product.n, 1);
  test.splits = random_bits() & 1 ? 1 : random_between(2, 5);
  return test;
}

static void run_kernel(int32_t kernel) {
  for (int i = 0; i < CASES; i++) {
    struct test_case test = draw_case(kernel);
    test.conv.product = &test.product;
    run_case(&test);
  }
}

// A depthwise one that L2 does not hold, so that more channels take turns; 61 positions are no multiple of a block.
static void run_far(int32_t kernel) {
  const struct tern_kernel *row = tern_kernel_at(kernel);
  enum { SIDE = 61, CHANNELS = 120 };
  struct test_case test = {.kernel = kernel, .images = 1, .channels = 1, .filters = 1, .at_end = true, .splits = 2};
  test.conv = (struct tern_conv2d){.height = SIDE,
                                   .width = SIDE,
                                   .channels = CHANNELS,
                                   .out_height = SIDE,
                                   .out_width = SIDE,
                                   .kernel_height = 3,
                                   .kernel_width = 3,
                                   .stride_height = 1,
                                   .stride_width = 1,
                                   .dilation_height = 1,
                                   .dilation_width = 1,
                                   .top = 1,
                                   .left = 1,
                                   .row_step = 1,
                                   .col_step = 1,
                                   .groups = CHANNELS,
                                   .product = &test.product};
  const int32_t type = row->a_type;
  test.product = (struct tern_gemm){.n = CHANNELS, .k = 9, .a_type = type, .y_type = type};
  test.x = test.y = (struct strides){SIDE * SIDE * CHANNELS, SIDE * CHANNELS, CHANNELS};
  run_case(&test);
}

// The gradient by the weights, for the same geometries.
static void compare_weights(const struct test_case *test, const float *x, const float *dy, const float *before,
                            const float *dw) {
  const struct tern_conv2d *conv = &test->conv;
  char text[400];
  const int64_t taps = conv->kernel_height * conv->kernel_width, positions = conv->out_height * conv->out_width;
  for (int64_t index = 0; index < test->product.n * test->product.k; index++) {
    const int64_t filter = index / test->product.k, tap = index / test->channels % taps, c = index % test->channels;
    double sum = conv->product->beta ? before[index] : 0, magnitude = fabs(sum);
    for (int64_t at = 0; at < test->images * positions; at++) {
      const int64_t image = at / positions, oh = at % positions / conv->out_width, ow = at % conv->out_width;
      const int64_t row = oh * conv->stride_height - conv->top + tap / conv->kernel_width * conv->dilation_height;
      const int64_t col = ow * conv->stride_width - conv->left + tap % conv->kernel_width * conv->dilation_width;
      if (row >= 0 && row < conv->height && col >= 0 && col < conv->width) {
        const double a = x[x_index(test, image, row, col, filter / test->filters * test->channels + c)];
        const double b = dy[image * test->y.image + oh * test->y.row + ow * test->y.col + filter];
        sum += a * b;
        magnitude += fabs(a * b);
      }
    }
    const double terms = (double)(test->images * positions + 2) * (0.5 * FLT_EPSILON);
    if (!(fabs(dw[index] - sum) <= terms / (1 - terms) * magnitude)) {
      describe(test, text, sizeof text);
      check(false, "%s: dw[%lld] is %g, not %g", text, (long long)index, (double)dw[index], sum);
      return;
    }
  }
  check(true, "close");
}

static void run_weights_case(struct test_case *test) {
  static float before[ARENA / 4];
  struct tern_conv2d *conv = &test->conv;
  test->product.beta = random_bits() & 1;
  const int64_t x_floats = extent(test->images, conv->height, conv->width, conv->channels, &test->x);
  const int64_t y_floats = extent(test->images, conv->out_height, conv->out_width, test->product.n, &test->y);
  const int64_t w_floats = test->product.n * test->product.k, splits = test->splits;
  const float *x = draw(&x_arena, x_floats, TERN_F32, test->at_end);
  const float *dy = draw(&y_arena, y_floats, TERN_F32, test->at_end);
  float *dw = draw(&weights_arena, w_floats, TERN_F32, test->at_end);
  for (int64_t i = 0; i < w_floats && !test->product.beta; i++) {
    dw[i] = NAN; // with beta 0 it is never read
  }
  memcpy(before, dw, (size_t)w_floats * 4);
  const int64_t tiles = tern_conv2d_weights_tiles(conv);
  for (int64_t i = 0; i < splits; i++) {
    void *workspace = arena_take(&workspace_arena, tern_conv2d_weights_workspace_bytes(conv), test->at_end);
    tern_conv2d_weights_run(test->kernel, conv, test->images, x, test->x.image, test->x.row, test->x.col, dy,
                            test->y.image, test->y.row, test->y.col, dw, tiles * i / splits, tiles * (i + 1) / splits,
                            workspace);
  }
  compare_weights(test, x, dy, before, dw);
}

static void run_weights(int32_t kernel) {
  for (int i = 0; i < CASES; i++) {
    struct test_case test = draw_case(kernel);
    test.conv.product = &test.product;
    run_weights_case(&test);
  }
}

static void run_type(int32_t op, int32_t acc_type) {
  const struct selection selection = kernels_of(op, acc_type);
  for (int32_t i = 0; i < selection.count; i++) {
    const int32_t kernel = selection.kernels[i], b_type = tern_kernel_at(kernel)->b_type;
    const int32_t a_type = tern_kernel_at(kernel)->a_type;
    if (a_type == TERN_BF16 || (a_type != b_type && !(b_type == TERN_S8 && acc_type == TERN_S32))) {
      continue; // convolutions are of F32, of bytes, or of B1
    }
    run_kernel(kernel);
    if (op == TERN_DEPTHWISE) {
      run_far(kernel);
    }
    if (op == TERN_GEMM && acc_type == TERN_F32) {
      run_weights(kernel);
    }
    printf("  covered  %s\n", tern_kernel_at(kernel)->name);
  }
}

int main(void) {
  x_arena = arena_create(ARENA), y_arena = arena_create(ARENA), weights_arena = arena_create(ARENA);
  packed_arena = arena_create(4 * ARENA), workspace_arena = arena_create(2 * ARENA), bias_arena = arena_create(1 << 16);
  scale_arena = arena_create(1 << 16), seed_arena = arena_create(1 << 20), position_arena = arena_create(1 << 20);
  run_type(TERN_GEMM, TERN_S32);
  run_type(TERN_GEMM, TERN_F32);
  run_type(TERN_DEPTHWISE, TERN_S32);
  run_type(TERN_DEPTHWISE, TERN_F32);
  return finish();
}
