// spmm_test.c -- every kernel for sparse weights against a triple loop over the dense ones, between guard pages
#include "harness.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const int64_t SIZES[] = {0,  1,  2,  3,  4,  5,  7,  8,   9,   15,  16,  17,  31,  32,  33,  47,
                                63, 64, 65, 79, 80, 96, 97, 127, 128, 129, 130, 193, 255, 257, 511, 515};
enum { SIZE_COUNT = sizeof SIZES / sizeof SIZES[0], ARENA = 16 << 20 };

struct test_case {
  int32_t kernel;
  int64_t m;
  struct tern_gemm gemm;
  int32_t percent; // of words that are stored
  bool at_end;
  int64_t x_stride, w_stride, y_stride, splits;
};

static struct arena x_arena, w_arena, y_arena, packed_arena, workspace_arena, bias_arena, scale_arena, seed_arena;

static bool is_float(const struct test_case *test) {
  return test->gemm.a_type == TERN_F32;
}

static int64_t extent(int64_t rows, int64_t cols, int64_t stride) {
  return rows == 0 || cols == 0 ? 0 : (rows - 1) * stride + cols;
}

static uint8_t any_byte(void) {
  static const uint8_t extremes[] = {0, 255, 128, 127};
  return random_bits() % 4 == 0 ? extremes[random_bits() % 4] : (uint8_t)random_bits();
}

static void *draw(const struct test_case *test, const struct arena *arena, int64_t elements, bool floats) {
  uint8_t *memory = arena_take(arena, elements * (floats ? 4 : 1), test->at_end);
  for (int64_t i = 0; i < elements; i++) {
    if (floats) {
      ((float *)memory)[i] = random_float();
    } else {
      memory[i] = any_byte();
    }
  }
  return memory;
}

// Clears words; every fifth row of a matrix that is not dense loses all of them.
static void *draw_weights(const struct test_case *test) {
  const int64_t k = test->gemm.k, group = is_float(test) ? 1 : 4, size = is_float(test) ? 4 : 1;
  uint8_t *weights = draw(test, &w_arena, extent(test->gemm.n, k, test->w_stride), is_float(test));
  for (int64_t row = 0; row < test->gemm.n; row++) {
    for (int64_t i = 0; i < k; i += group) {
      const bool emptied = row % 5 == 3 && test->percent < 100;
      if (emptied || random_between(1, 100) > test->percent) {
        const int64_t terms = k - i < group ? k - i : group;
        memset(weights + (row * test->w_stride + i) * size, 0, (size_t)(terms * size));
      }
    }
  }
  return weights;
}

static void describe(const struct test_case *test, char *text, size_t size) {
  snprintf(text, size, "%s %lldx%lldx%lld %d%% types %d %d beta %d zero %d strides %lld %lld %lld splits %lld",
           tern_kernel_at(test->kernel)->name, (long long)test->m, (long long)test->gemm.n, (long long)test->gemm.k,
           test->percent, test->gemm.a_type, test->gemm.y_type, test->gemm.beta, test->gemm.a_zero_point,
           (long long)test->x_stride, (long long)test->w_stride, (long long)test->y_stride, (long long)test->splits);
}

static void run(const struct test_case *test, struct tern_gemm *gemm, const void *x, const void *weights, void *y) {
  const int32_t kernel = test->kernel;
  const int64_t bytes = tern_spmm_packed_bytes(kernel, gemm->n, gemm->k, weights, test->w_stride);
  void *packed = arena_take(&packed_arena, bytes, test->at_end);
  tern_spmm_pack(kernel, gemm->n, gemm->k, weights, test->w_stride, packed);
  if (!is_float(test)) {
    int32_t *seeds = arena_take(&seed_arena, gemm->n * 4, test->at_end);
    tern_gemm_seeds(kernel, gemm, packed, seeds);
    gemm->seeds = seeds;
  }
  const int64_t tiles = tern_gemm_tiles(kernel, gemm, test->m);
  const int64_t workspace_bytes = tern_gemm_workspace_bytes(kernel, gemm, test->m);
  for (int64_t i = 0; i < test->splits; i++) {
    void *workspace = arena_take(&workspace_arena, workspace_bytes, test->at_end);
    tern_gemm_run(kernel, gemm, NULL, packed, test->m, x, test->x_stride, 1, NULL, y, test->y_stride,
                  tiles * i / test->splits, tiles * (i + 1) / test->splits, workspace);
  }
}

// The exact result, and how far a sum of k + 2 terms in any order, fused or not, may be from it.
struct expectation {
  double y, bound;
};

static struct expectation expect_float(const struct test_case *test, const float *x, const float *weights, int64_t row,
                                       int64_t col, float old) {
  const struct tern_gemm *gemm = &test->gemm;
  const float *bias = gemm->bias;
  double sum = bias ? bias[col] : 0, magnitude = fabs(sum);
  for (int64_t k = 0; k < gemm->k; k++) {
    const double product = (double)x[row * test->x_stride + k] * weights[col * test->w_stride + k];
    sum += product;
    magnitude += fabs(product);
  }
  const double clamped = fmin(fmax(sum, gemm->y_min), gemm->y_max), added = gemm->beta ? old : 0;
  const double terms = (double)(gemm->k + 2) * (0.5 * FLT_EPSILON);
  return (struct expectation){clamped + added, terms / (1 - terms) * (magnitude + fabs(added))};
}

static int32_t expect_sum(const struct test_case *test, const uint8_t *x, const int8_t *weights, int64_t row,
                          int64_t col) {
  const struct tern_gemm *gemm = &test->gemm;
  const int32_t *bias = gemm->bias;
  uint32_t sum = bias ? (uint32_t)bias[col] : 0;
  for (int64_t k = 0; k < gemm->k; k++) {
    const uint8_t byte = x[row * test->x_stride + k];
    const int32_t a = gemm->a_type == TERN_S8 ? (int8_t)byte : byte;
    sum += (uint32_t)((a - gemm->a_zero_point) * weights[col * test->w_stride + k]);
  }
  return (int32_t)sum;
}

static struct expectation expect_integer(const struct test_case *test, const void *x, const void *weights, int64_t row,
                                         int64_t col, const void *old) {
  const struct tern_gemm *gemm = &test->gemm;
  const int32_t acc = expect_sum(test, x, weights, row, col);
  const int64_t at = row * test->y_stride + col;
  if (gemm->y_type == TERN_S32) {
    return (struct expectation){(int32_t)((uint32_t)acc + (gemm->beta ? ((const uint32_t *)old)[at] : 0)), 0};
  }
  const float scaled = (float)acc * gemm->multipliers[col];
  if (gemm->y_type == TERN_F32) {
    const float clamped = fminf(fmaxf(scaled, gemm->y_min), gemm->y_max);
    return (struct expectation){gemm->beta ? clamped + ((const float *)old)[at] : clamped, 0};
  }
  const float shifted = rintf(scaled) + (float)gemm->y_zero_point;
  return (struct expectation){fminf(fmaxf(shifted, gemm->y_min), gemm->y_max), 0};
}

static double value_at(int32_t type, const void *y, int64_t at) {
  switch (type) {
  case TERN_F32:
    return ((const float *)y)[at];
  case TERN_S32:
    return ((const int32_t *)y)[at];
  case TERN_S8:
    return ((const int8_t *)y)[at];
  default:
    return ((const uint8_t *)y)[at];
  }
}

static int64_t size_of(int32_t type) {
  return type == TERN_F32 || type == TERN_S32 ? 4 : 1;
}

static void compare(const struct test_case *test, const void *x, const void *weights, const void *before,
                    const void *after) {
  const struct tern_gemm *gemm = &test->gemm;
  const int64_t size = size_of(gemm->y_type), rows = gemm->n == 0 ? 0 : test->m;
  char text[256];
  for (int64_t row = 0; row < rows; row++) {
    for (int64_t col = 0; col < gemm->n; col++) {
      const int64_t at = row * test->y_stride + col;
      const struct expectation expected = is_float(test)
                                              ? expect_float(test, x, weights, row, col, ((const float *)before)[at])
                                              : expect_integer(test, x, weights, row, col, before);
      const double got = value_at(gemm->y_type, after, at);
      if (!(fabs(got - expected.y) <= expected.bound)) { // so that NaN fails
        describe(test, text, sizeof text);
        check(false, "%s: y[%lld][%lld] is %g, not %g", text, (long long)row, (long long)col, got, expected.y);
        return;
      }
    }
    const int64_t gap = row * test->y_stride + gemm->n;
    if (row + 1 < rows && memcmp((const uint8_t *)before + gap * size, (const uint8_t *)after + gap * size,
                                 (size_t)((test->y_stride - gemm->n) * size))) {
      describe(test, text, sizeof text);
      check(false, "%s: wrote behind row %lld", text, (long long)row);
      return;
    }
  }
  check(true, "equal");
}

static void *draw_y(const struct test_case *test) {
  const int64_t elements = extent(test->m, test->gemm.n, test->y_stride);
  const bool floats = test->gemm.y_type == TERN_F32;
  uint8_t *y = draw(test, &y_arena, floats ? elements : elements * size_of(test->gemm.y_type), floats);
  for (int64_t i = 0; i < elements && floats && !test->gemm.beta; i++) {
    if (i % test->y_stride < test->gemm.n) {
      ((float *)y)[i] = NAN; // with beta 0, y is never read
    }
  }
  return y;
}

static void run_case(struct test_case *test) {
  static uint8_t before[ARENA];
  struct tern_gemm *gemm = &test->gemm;
  const void *x = draw(test, &x_arena, extent(test->m, gemm->k, test->x_stride), is_float(test));
  const void *weights = draw_weights(test);
  void *y = draw_y(test);
  int32_t *bias = draw(test, &bias_arena, gemm->n, true);
  float *multipliers = draw(test, &scale_arena, gemm->n, true);
  for (int64_t i = 0; i < gemm->n; i++) {
    multipliers[i] = 1e-3f + fabsf(multipliers[i]) * 1e-2f;
    if (!is_float(test)) {
      bias[i] = (int32_t)random_between(-100000, 100000);
    }
  }
  gemm->bias = random_bits() & 1 ? bias : NULL;
  gemm->multipliers = multipliers;
  memcpy(before, y, (size_t)(extent(test->m, gemm->n, test->y_stride) * size_of(gemm->y_type)));
  run(test, gemm, x, weights, y);
  compare(test, x, weights, before, y);
}

static void set_types(struct test_case *test) {
  static const int32_t outputs[] = {TERN_S32, TERN_F32, TERN_S8, TERN_U8};
  struct tern_gemm *gemm = &test->gemm;
  const bool floats = tern_kernel_at(test->kernel)->acc_type == TERN_F32;
  gemm->a_type = floats ? TERN_F32 : random_bits() & 1 ? TERN_U8 : TERN_S8;
  gemm->y_type = floats ? TERN_F32 : outputs[random_bits() % 4];
  gemm->a_zero_point =
      floats ? 0 : (int32_t)(gemm->a_type == TERN_U8 ? random_between(0, 255) : random_between(-128, 127));
  const bool bytes = gemm->y_type == TERN_S8 || gemm->y_type == TERN_U8;
  const bool clamped = random_bits() & 1;
  gemm->y_zero_point = bytes ? 7 : 0;
  gemm->beta = !bytes && !clamped && random_bits() & 1;
  gemm->y_min = gemm->y_type == TERN_S8 ? -128 : bytes || clamped ? 0 : -INFINITY;
  gemm->y_max = gemm->y_type == TERN_S8 ? 127 : bytes ? 255 : clamped ? 0.75f : INFINITY;
}

static void run_shape(int32_t kernel, int64_t m, int64_t n, int64_t k) {
  static const int32_t percents[] = {0, 10, 50, 100};
  for (int i = 0; i < 8; i++) {
    struct test_case test = {.kernel = kernel, .m = m, .percent = percents[i % 4]};
    test.gemm = (struct tern_gemm){.n = n, .k = k};
    set_types(&test);
    test.at_end = random_bits() % 4 != 0;
    test.x_stride = k + (random_bits() & 1 ? 0 : random_between(0, 40));
    test.w_stride = k + (random_bits() & 1 ? 0 : random_between(0, 40));
    test.y_stride = n + (random_bits() & 1 ? 0 : random_between(0, 40));
    test.splits = random_bits() & 1 ? 1 : random_between(2, 5);
    run_case(&test);
  }
}

static int64_t any_size(void) {
  return SIZES[random_bits() % SIZE_COUNT] % 140;
}

static void run_kernel(int32_t kernel) {
  for (int i = 0; i < SIZE_COUNT; i++) {
    run_shape(kernel, SIZES[i] % 200, any_size(), any_size());
    run_shape(kernel, any_size(), SIZES[i], any_size());
    run_shape(kernel, any_size(), any_size(), SIZES[i]);
  }
  for (int64_t m = 1; m <= 18; m++) {
    for (int64_t k = 1; k <= 20; k++) {
      run_shape(kernel, m, random_between(1, 9), k);
    }
  }
  run_shape(kernel, 70, 70, 1300); // several blocks of k
  run_shape(kernel, 3, 1100, 600); // several groups of panels
  run_shape(kernel, 1100, 3, 70);  // many blocks of rows
}

int main(void) {
  struct arena *arenas[] = {&x_arena, &w_arena, &y_arena, &packed_arena, &workspace_arena};
  for (size_t i = 0; i < sizeof arenas / sizeof arenas[0]; i++) {
    *arenas[i] = arena_create(ARENA);
  }
  bias_arena = arena_create(1 << 16), scale_arena = arena_create(1 << 16), seed_arena = arena_create(1 << 16);
  const int32_t types[] = {TERN_S32, TERN_F32};
  for (int type = 0; type < 2; type++) {
    const struct selection selection = kernels_of(TERN_SPMM, types[type]);
    for (int32_t i = 0; i < selection.count; i++) {
      run_kernel(selection.kernels[i]);
      printf("  covered  %s\n", tern_kernel_at(selection.kernels[i])->name);
    }
  }
  return finish();
}
