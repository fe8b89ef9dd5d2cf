// pool_test.c -- every pooling kernel against one element at a time, bit for bit, between guard pages
#include "harness.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ARENA = 4 << 20, SHAPES = 400 };

static const int64_t CHANNELS[] = {1, 2, 3, 7, 8, 15, 16, 17, 31, 32, 33, 47, 63, 64, 65, 79, 100, 128, 130};

struct test_case {
  int32_t kernel;
  struct tern_pool pool;
  int64_t images, splits;
  bool max, backward, at_end;
};

static struct arena x_arena, y_arena, dy_arena;

static const char *name_of(const struct test_case *test) {
  return tern_kernel_at(test->kernel)->name;
}

static int64_t size_of(const struct test_case *test) {
  return test->pool.type == TERN_F32 ? 4 : 1;
}

// Any bits, NaNs and infinities among the floats, which are small integers else, so that maxima are met twice.
static void fill(const struct test_case *test, void *memory, int64_t elements) {
  for (int64_t i = 0; i < elements; i++) {
    if (test->pool.type != TERN_F32) {
      ((uint8_t *)memory)[i] = (uint8_t)(random_bits() % 8 ? random_bits() : 255);
    } else {
      const uint32_t kind = random_bits() % 40;
      ((float *)memory)[i] = kind == 0 && test->max ? NAN
                             : kind == 1            ? -INFINITY
                             : kind == 2            ? -0.0f
                             : kind < 20            ? (float)random_between(-3, 3)
                                                    : random_float();
    }
  }
}

// Images with or without gaps, right before or after a guard page.
static struct tern_images draw(const struct test_case *test, const struct arena *arena, int64_t height, int64_t width,
                               int64_t *bytes) {
  const int64_t channels = test->pool.channels;
  struct tern_images images;
  images.col_stride = channels + (random_bits() & 1 ? 0 : random_between(0, 9));
  images.row_stride = width * images.col_stride + (random_bits() & 1 ? 0 : random_between(0, 30));
  images.image_stride = height * images.row_stride + (random_bits() & 1 ? 0 : random_between(0, 50));
  const bool empty = test->images == 0 || height == 0 || width == 0;
  const int64_t extent = empty ? 0
                               : (test->images - 1) * images.image_stride + (height - 1) * images.row_stride +
                                     (width - 1) * images.col_stride + channels;
  *bytes = extent * size_of(test);
  images.first = arena_take(arena, *bytes, test->at_end);
  fill(test, images.first, extent);
  return images;
}

static int64_t at(const struct tern_images *images, int64_t image, int64_t row, int64_t col, int64_t channel) {
  return image * images->image_stride + row * images->row_stride + col * images->col_stride + channel;
}

static float value_at(const struct test_case *test, const struct tern_images *images, int64_t index) {
  const void *memory = images->first;
  return test->pool.type == TERN_F32  ? ((const float *)memory)[index]
         : test->pool.type == TERN_S8 ? ((const int8_t *)memory)[index]
                                      : ((const uint8_t *)memory)[index];
}

// The taps of one output that lie inside the image, as indices of channel 0, written from tern.h.
struct window {
  int64_t rows[512], cols[512];
  int32_t inside;
};

static struct window window_of(const struct tern_pool *pool, int64_t out_row, int64_t out_col) {
  struct window window = {.inside = 0};
  for (int64_t kh = 0; kh < pool->kernel_height; kh++) {
    for (int64_t kw = 0; kw < pool->kernel_width; kw++) {
      const int64_t row = out_row * pool->stride_height - pool->top + kh * pool->dilation_height;
      const int64_t col = out_col * pool->stride_width - pool->left + kw * pool->dilation_width;
      if (row >= 0 && row < pool->height && col >= 0 && col < pool->width) {
        window.rows[window.inside] = row;
        window.cols[window.inside++] = col;
      }
    }
  }
  return window;
}

static int32_t winner(const struct test_case *test, const struct window *window, const struct tern_images *x,
                      int64_t image, int64_t c) {
  int32_t won = 0;
  for (int32_t i = 1; i < window->inside; i++) {
    const float m = value_at(test, x, at(x, image, window->rows[won], window->cols[won], c));
    const float value = value_at(test, x, at(x, image, window->rows[i], window->cols[i], c));
    won = value <= m || isnan(m) ? won : i;
  }
  return won;
}

static float divisor(const struct tern_pool *pool, const struct window *window) {
  return (float)(pool->counts_padding ? pool->kernel_height * pool->kernel_width : window->inside);
}

static float average(const struct test_case *test, const struct window *window, const struct tern_images *x,
                     int64_t image, int64_t c) {
  const bool bytes = test->pool.type != TERN_F32;
  const int32_t zero = bytes ? test->pool.zero_point : 0;
  float sum = 0;
  for (int32_t i = 0; i < window->inside; i++) {
    sum += value_at(test, x, at(x, image, window->rows[i], window->cols[i], c)) - (float)zero;
  }
  const float quotient = sum / divisor(&test->pool, window);
  return bytes ? (float)zero + rintf(quotient) : quotient;
}

static void expect_forward(const struct test_case *test, const struct tern_images *x, const struct tern_images *y,
                           const struct window *window, int64_t image, int64_t out_row, int64_t out_col) {
  for (int64_t c = 0; c < test->pool.channels; c++) {
    const int32_t won = winner(test, window, x, image, c);
    const float value = test->max ? value_at(test, x, at(x, image, window->rows[won], window->cols[won], c))
                                  : average(test, window, x, image, c);
    const int64_t index = at(y, image, out_row, out_col, c);
    if (test->pool.type == TERN_F32) {
      ((float *)y->first)[index] = value;
    } else {
      ((uint8_t *)y->first)[index] = (uint8_t)(int32_t)value;
    }
  }
}

static void expect_backward(const struct test_case *test, const struct tern_images *x, const struct tern_images *dy,
                            const struct tern_images *dx, const struct window *window, int64_t image, int64_t out_row,
                            int64_t out_col) {
  float *sums = dx->first;
  for (int64_t c = 0; c < test->pool.channels; c++) {
    const float gradient = value_at(test, dy, at(dy, image, out_row, out_col, c));
    if (test->max) {
      const int32_t won = winner(test, window, x, image, c);
      sums[at(dx, image, window->rows[won], window->cols[won], c)] += gradient;
      continue;
    }
    for (int32_t i = 0; i < window->inside; i++) {
      sums[at(dx, image, window->rows[i], window->cols[i], c)] += gradient * (1.0f / divisor(&test->pool, window));
    }
  }
}

static void clear(const struct test_case *test, const struct tern_images *dx) {
  for (int64_t image = 0; image < test->images; image++) {
    for (int64_t row = 0; row < test->pool.height; row++) {
      for (int64_t col = 0; col < test->pool.width; col++) {
        memset((float *)dx->first + at(dx, image, row, col, 0), 0, (size_t)test->pool.channels * 4);
      }
    }
  }
}

static void expect(const struct test_case *test, const struct tern_images *x, const struct tern_images *dy,
                   const struct tern_images *y) {
  if (test->backward) {
    clear(test, y);
  }
  for (int64_t image = 0; image < test->images; image++) {
    for (int64_t row = 0; row < test->pool.out_height; row++) {
      for (int64_t col = 0; col < test->pool.out_width; col++) {
        const struct window window = window_of(&test->pool, row, col);
        if (test->backward) {
          expect_backward(test, x, dy, y, &window, image, row, col);
        } else {
          expect_forward(test, x, y, &window, image, row, col);
        }
      }
    }
  }
}

static void run(const struct test_case *test, const struct tern_images *x, const struct tern_images *dy,
                const struct tern_images *y) {
  const int64_t rows = test->images * (test->backward ? test->pool.height : test->pool.out_height);
  for (int64_t i = 0; i < test->splits; i++) {
    tern_pool_run(test->kernel, &test->pool, test->backward && !test->max ? NULL : x, test->backward ? dy : NULL, y,
                  rows * i / test->splits, rows * (i + 1) / test->splits);
  }
}

// Bits, but that a NaN may be any.
static bool same(const struct test_case *test, const void *got, const void *expected, int64_t bytes) {
  if (test->pool.type != TERN_F32) {
    return memcmp(got, expected, (size_t)bytes) == 0;
  }
  for (int64_t i = 0; i < bytes / 4; i++) {
    const float p = ((const float *)got)[i], q = ((const float *)expected)[i];
    if (memcmp(&p, &q, 4) != 0 && !(isnan(p) && isnan(q))) {
      return false;
    }
  }
  return true;
}

static void run_case(const struct test_case *test) {
  const struct tern_pool *pool = &test->pool;
  int64_t x_bytes, dy_bytes, y_bytes;
  const struct tern_images x = draw(test, &x_arena, pool->height, pool->width, &x_bytes);
  const struct tern_images dy = draw(test, &dy_arena, pool->out_height, pool->out_width, &dy_bytes);
  const struct tern_images y = test->backward ? draw(test, &y_arena, pool->height, pool->width, &y_bytes)
                                              : draw(test, &y_arena, pool->out_height, pool->out_width, &y_bytes);
  struct tern_images expected = y;
  expected.first = malloc((size_t)y_bytes + 1);
  memcpy(expected.first, y.first, (size_t)y_bytes);
  expect(test, &x, &dy, &expected);
  run(test, &x, &dy, &y);
  check(
      same(test, y.first, expected.first, y_bytes),
      "%s: %lldx%lldx%lldx%lld kernel %lldx%lld stride %lldx%lld dilation %lldx%lld padding %lld %lld type %d zero %d",
      name_of(test), (long long)test->images, (long long)pool->height, (long long)pool->width,
      (long long)pool->channels, (long long)pool->kernel_height, (long long)pool->kernel_width,
      (long long)pool->stride_height, (long long)pool->stride_width, (long long)pool->dilation_height,
      (long long)pool->dilation_width, (long long)pool->top, (long long)pool->left, pool->type, pool->zero_point);
  free(expected.first);
}

static int64_t outputs(int64_t padded, int64_t kernel, int64_t stride, int64_t dilation) {
  const int64_t reach = (kernel - 1) * dilation + 1;
  return padded < reach ? 0 : (padded - reach) / stride + 1;
}

static bool sees_everywhere(const struct tern_pool *pool) {
  for (int64_t row = 0; row < pool->out_height; row++) {
    for (int64_t col = 0; col < pool->out_width; col++) {
      if (window_of(pool, row, col).inside == 0) {
        return false;
      }
    }
  }
  return true;
}

static struct tern_pool any_pool(void) {
  struct tern_pool pool;
  do {
    pool = (struct tern_pool){.height = random_between(1, 12),
                              .width = random_between(1, 12),
                              .channels = CHANNELS[random_bits() % (sizeof CHANNELS / sizeof CHANNELS[0])],
                              .kernel_height = random_between(1, 4),
                              .kernel_width = random_between(1, 4),
                              .stride_height = random_between(1, 3),
                              .stride_width = random_between(1, 3),
                              .dilation_height = random_between(1, 2),
                              .dilation_width = random_between(1, 2),
                              .top = random_between(0, 2),
                              .left = random_between(0, 2),
                              .counts_padding = random_bits() & 1};
    pool.out_height = outputs(pool.height + pool.top + random_between(0, 2), pool.kernel_height, pool.stride_height,
                              pool.dilation_height);
    pool.out_width = outputs(pool.width + pool.left + random_between(0, 2), pool.kernel_width, pool.stride_width,
                             pool.dilation_width);
  } while (!sees_everywhere(&pool));
  return pool;
}

static void run_pool(int32_t kernel, struct tern_pool pool) {
  const struct tern_kernel *row = tern_kernel_at(kernel);
  struct test_case test = {.kernel = kernel, .pool = pool, .images = random_between(0, 3)};
  test.max = strstr(row->name, "max") != NULL;
  test.backward = strstr(row->name, "backward") != NULL;
  test.at_end = random_bits() % 4 != 0;
  test.splits = random_bits() & 1 ? 1 : random_between(2, 5);
  const bool is_signed = random_bits() & 1;
  test.pool.type = row->a_type == TERN_F32 ? TERN_F32 : is_signed ? TERN_S8 : TERN_U8;
  test.pool.zero_point = (int32_t)(is_signed ? random_between(-128, 127) : random_between(0, 255));
  run_case(&test);
}

// A global average whose sums leave 16 bits, of the greatest bytes and of all.
static void run_global(int32_t kernel) {
  for (int64_t width = 19; width <= 23; width++) {
    run_pool(kernel, (struct tern_pool){.height = 21,
                                        .width = width,
                                        .channels = 70,
                                        .out_height = 1,
                                        .out_width = 1,
                                        .kernel_height = 21,
                                        .kernel_width = width,
                                        .stride_height = 1,
                                        .stride_width = 1,
                                        .dilation_height = 1,
                                        .dilation_width = 1});
  }
}

// Windows that share no tap and leave none over, the pooling of most networks.
static void run_tiles(int32_t kernel) {
  for (size_t i = 0; i < sizeof CHANNELS / sizeof CHANNELS[0]; i++) {
    for (int64_t side = 1; side <= 3; side++) {
      run_pool(kernel, (struct tern_pool){.height = 4 * side + random_between(0, side - 1),
                                          .width = 3 * side,
                                          .channels = CHANNELS[i],
                                          .out_height = 4,
                                          .out_width = 3,
                                          .kernel_height = side,
                                          .kernel_width = side,
                                          .stride_height = side,
                                          .stride_width = side,
                                          .dilation_height = 1,
                                          .dilation_width = 1});
    }
  }
}

int main(void) {
  x_arena = arena_create(ARENA), y_arena = arena_create(ARENA), dy_arena = arena_create(ARENA);
  const int32_t types[] = {TERN_F32, TERN_U8};
  for (int t = 0; t < 2; t++) {
    const struct selection selection = kernels_of(TERN_POOL, types[t]);
    for (int32_t i = 0; i < selection.count; i++) {
      for (int shape = 0; shape < SHAPES; shape++) {
        run_pool(selection.kernels[i], any_pool());
      }
      run_global(selection.kernels[i]);
      run_tiles(selection.kernels[i]);
      printf("  covered  %s\n", tern_kernel_at(selection.kernels[i])->name);
    }
  }
  return finish();
}
