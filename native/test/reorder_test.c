// reorder_test.c -- every reordering kernel against one element at a time, bit for bit, between guard pages
#include "harness.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ARENA = 8 << 20, SHAPES = 600, SCALES = 4 };

static const int64_t CHANNELS[] = {1, 2, 3, 7, 8, 9, 15, 16, 17, 24, 31, 32, 33, 47, 64, 100};
static const int32_t TYPES[][2] = {{TERN_F32, TERN_F32}, {TERN_U8, TERN_U8},  {TERN_S8, TERN_S8},  {TERN_F32, TERN_U8},
                                   {TERN_F32, TERN_S8},  {TERN_U8, TERN_F32}, {TERN_S8, TERN_F32}, {TERN_F32, TERN_B1}};

struct test_case {
  int32_t kernel;
  struct tern_reorder reorder;
  int64_t images, splits;
  bool at_end;
};

// Images of one side: strides in elements, of signs in whole bytes.
struct side {
  struct tern_images images;
  int64_t channel_stride, elements;
  int32_t type;
};

static struct arena x_arena, y_arena;

static int64_t bytes_of(int32_t type, int64_t elements) {
  return type == TERN_F32 ? elements * 4 : type == TERN_B1 ? (elements + 7) / 8 : elements;
}

static int64_t whole_bytes(int32_t type, int64_t elements) {
  return type == TERN_B1 ? (elements + 7) / 8 * 8 : elements;
}

static int64_t gap(int32_t type) {
  return random_bits() & 1 ? 0 : random_between(0, 9) * (type == TERN_B1 ? 8 : 1);
}

// Dense, or with gaps wherever there may be some.
static struct side side_of(const struct test_case *test, int32_t type, bool planes) {
  const struct tern_reorder *reorder = &test->reorder;
  struct side side = {.type = type};
  struct tern_images *images = &side.images;
  if (planes) {
    images->col_stride = 1;
    images->row_stride = reorder->width + gap(type);
    side.channel_stride = reorder->height * images->row_stride + gap(type);
    images->image_stride = reorder->channels * side.channel_stride + gap(type);
  } else {
    side.channel_stride = 1;
    images->col_stride = whole_bytes(type, reorder->channels) + gap(type);
    images->row_stride = reorder->width * images->col_stride + gap(type);
    images->image_stride = reorder->height * images->row_stride + gap(type);
  }
  side.elements = test->images == 0
                      ? 0
                      : (test->images - 1) * images->image_stride + (reorder->height - 1) * images->row_stride +
                            (reorder->width - 1) * images->col_stride + (reorder->channels - 1) * side.channel_stride +
                            1;
  return side;
}

static int64_t at(const struct side *side, int64_t image, int64_t row, int64_t col, int64_t channel) {
  const struct tern_images *images = &side->images;
  return image * images->image_stride + row * images->row_stride + col * images->col_stride +
         channel * side->channel_stride;
}

// Ties, values beyond any type, zeros of both signs, infinities and NaNs among the floats.
static void fill(const struct test_case *test, const struct side *side) {
  for (int64_t i = 0; i < side->elements; i++) {
    if (side->type != TERN_F32) {
      ((uint8_t *)side->images.first)[i] = (uint8_t)random_bits();
      continue;
    }
    const uint32_t kind = random_bits() % 40;
    ((float *)side->images.first)[i] = kind == 0   ? NAN
                                       : kind == 1 ? -INFINITY
                                       : kind == 2 ? INFINITY
                                       : kind == 3 ? -0.0f
                                       : kind == 4 ? 1e30f
                                       : kind < 20 ? test->reorder.scale * (float)random_between(-400, 400) / 2
                                                   : test->reorder.scale * 150 * random_float();
  }
}

static uint8_t quantized(const struct tern_reorder *reorder, float x) {
  const int32_t low = reorder->to_type == TERN_S8 ? -128 : 0, high = low + 255;
  if (isnan(x)) {
    return (uint8_t)reorder->zero_point;
  }
  const float quotient = x / reorder->scale;
  const double q = rint((double)quotient) + reorder->zero_point;
  return (uint8_t)(int32_t)(q < low ? low : q > high ? high : q);
}

static void expect_one(const struct tern_reorder *reorder, const struct side *x, int64_t from, const struct side *y,
                       int64_t to) {
  const uint8_t *bytes = x->images.first;
  uint8_t *out = y->images.first;
  if (reorder->from_type == reorder->to_type) {
    const int64_t size = bytes_of(x->type, 1);
    memcpy(out + to * size, bytes + from * size, (size_t)size);
  } else if (reorder->to_type == TERN_F32) {
    const int32_t q = x->type == TERN_S8 ? ((const int8_t *)bytes)[from] : bytes[from];
    ((float *)out)[to] = reorder->scale * (float)(q - reorder->zero_point);
  } else if (reorder->to_type == TERN_B1) {
    out[to / 8] = (uint8_t)((to % 8 ? out[to / 8] : 0) | (((const float *)bytes)[from] >= 0) << to % 8);
  } else {
    out[to] = quantized(reorder, ((const float *)bytes)[from]);
  }
}

static void expect(const struct test_case *test, const struct side *x, const struct side *y) {
  const struct tern_reorder *reorder = &test->reorder;
  for (int64_t image = 0; image < test->images; image++) {
    for (int64_t row = 0; row < reorder->height; row++) {
      for (int64_t col = 0; col < reorder->width; col++) {
        for (int64_t channel = 0; channel < reorder->channels; channel++) {
          expect_one(reorder, x, at(x, image, row, col, channel), y, at(y, image, row, col, channel));
        }
      }
    }
  }
}

static void run_case(const struct test_case *test) {
  const struct tern_reorder *reorder = &test->reorder;
  struct side x = side_of(test, reorder->from_type, reorder->from_planes);
  struct side y = side_of(test, reorder->to_type, reorder->to_planes);
  const int64_t bytes = bytes_of(y.type, y.elements), rows = test->images * reorder->height;
  x.images.first = arena_take(&x_arena, bytes_of(x.type, x.elements), test->at_end);
  y.images.first = arena_take(&y_arena, bytes, test->at_end);
  fill(test, &x);
  struct side expected = y;
  expected.images.first = malloc((size_t)bytes + 1);
  memcpy(expected.images.first, y.images.first, (size_t)bytes);
  expect(test, &x, &expected);
  for (int64_t i = 0; i < test->splits; i++) {
    tern_reorder_run(test->kernel, reorder, &x.images, x.channel_stride, &y.images, y.channel_stride,
                     rows * i / test->splits, rows * (i + 1) / test->splits);
  }
  check(memcmp(y.images.first, expected.images.first, (size_t)bytes) == 0,
        "%s: %lldx%lldx%lldx%lld type %d to %d, planes %d to %d, zero %d", tern_kernel_at(test->kernel)->name,
        (long long)test->images, (long long)reorder->height, (long long)reorder->width, (long long)reorder->channels,
        reorder->from_type, reorder->to_type, reorder->from_planes, reorder->to_planes, reorder->zero_point);
  free(expected.images.first);
}

static void run_types(int32_t kernel, int32_t from, int32_t to) {
  const float scales[SCALES] = {1, 0.1f, 0.0078125f, 3e-5f};
  const bool is_signed = from == TERN_S8 || to == TERN_S8;
  struct test_case test = {.kernel = kernel, .images = random_between(0, 3), .splits = random_between(1, 4)};
  test.at_end = random_bits() % 4 != 0;
  test.reorder = (struct tern_reorder){.height = random_between(1, 9),
                                       .width = random_between(1, 40),
                                       .channels = CHANNELS[random_bits() % (sizeof CHANNELS / sizeof CHANNELS[0])],
                                       .from_type = from,
                                       .to_type = to,
                                       .from_planes = random_bits() & 1,
                                       .to_planes = to != TERN_B1 && random_bits() & 1,
                                       .scale = scales[random_bits() % SCALES],
                                       .zero_point = (int32_t)random_between(0, 255) - (is_signed ? 128 : 0)};
  run_case(&test);
}

int main(void) {
  x_arena = arena_create(ARENA), y_arena = arena_create(ARENA);
  const struct selection selection = kernels_of(TERN_REORDER, TERN_F32);
  for (int32_t i = 0; i < selection.count; i++) {
    for (int shape = 0; shape < SHAPES; shape++) {
      const int32_t *types = TYPES[shape % (sizeof TYPES / sizeof TYPES[0])];
      run_types(selection.kernels[i], types[0], types[1]);
    }
    printf("  covered  %s\n", tern_kernel_at(selection.kernels[i])->name);
  }
  return finish();
}
