// gemm_f32_test.c -- every f32 and bf16 GEMM kernel against a triple loop in double, within a derived bound, between
// guard pages
#include "harness.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const int64_t SIZES[] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  11, 12, 13,  15,  16,  17,  24,  31,
                                32, 33, 47, 48, 49, 60, 63, 64, 65, 80, 96, 97, 100, 127, 128, 129, 193, 207};
enum { SIZE_COUNT = sizeof SIZES / sizeof SIZES[0], ARENA = 8 << 20 };

struct test_case {
  int32_t kernel;
  int64_t m;
  struct tern_gemm gemm;
  bool a_transposed, b_transposed, at_end, unpacked;
  int64_t a_stride, b_stride, y_row_stride, splits;
  int64_t count; // of products, a batch if there are several
  struct tern_batch batch;
};

static struct arena a_arena, b_arena, y_arena, packed_arena, workspace_arena, bias_arena;

static int64_t extent(int64_t rows, int64_t cols, int64_t stride) {
  return rows == 0 || cols == 0 ? 0 : (rows - 1) * stride + cols;
}

// Of several matrices, of which each but the last ends where the next begins, or which are all the same.
static int64_t batch_extent(int64_t count, int64_t matrix_stride, int64_t matrix) {
  return (count - 1) * matrix_stride + matrix;
}

static float *draw_matrix(const struct arena *arena, int64_t floats, bool at_end) {
  float *matrix = arena_take(arena, floats * 4, at_end);
  for (int64_t i = 0; i < floats; i++) {
    matrix[i] = random_float();
  }
  return matrix;
}

// A bf16 is the upper half of a float.
static void set_element(void *to, int64_t index, int32_t type, float value) {
  if (type == TERN_F32) {
    ((float *)to)[index] = value;
  } else {
    memcpy((uint16_t *)to + index, (const uint8_t *)&value + 2, 2);
  }
}

static float element_at(const void *from, int64_t index, int32_t type) {
  float value = 0;
  if (type == TERN_F32) {
    return ((const float *)from)[index];
  }
  memcpy((uint8_t *)&value + 2, (const uint16_t *)from + index, 2);
  return value;
}

static const void *matrix_at(const void *from, int64_t elements, int32_t type) {
  return (const uint8_t *)from + elements * (type == TERN_F32 ? 4 : 2);
}

static void *draw_operand(const struct arena *arena, int64_t elements, int32_t type, bool at_end) {
  void *operand = arena_take(arena, elements * (type == TERN_F32 ? 4 : 2), at_end);
  for (int64_t i = 0; i < elements; i++) {
    set_element(operand, i, type, random_float());
  }
  return operand;
}

// The exact result, and how far a sum of k + 2 terms in any order, fused or not, may be from it.
struct expectation {
  double y, bound;
};

static struct expectation expect(const struct test_case *test, const void *a, const void *b, int64_t row, int64_t col,
                                 float old) {
  const struct tern_gemm *gemm = &test->gemm;
  const float *bias = gemm->bias;
  double sum = bias ? bias[col] : 0, magnitude = fabs(sum);
  for (int64_t k = 0; k < gemm->k; k++) {
    const int64_t at_a = test->a_transposed ? k * test->a_stride + row : row * test->a_stride + k;
    const int64_t at_b = test->b_transposed ? col * test->b_stride + k : k * test->b_stride + col;
    const double x = element_at(a, at_a, gemm->a_type), z = element_at(b, at_b, gemm->a_type);
    sum += x * z;
    magnitude += fabs(x * z);
  }
  const double clamped = fmin(fmax(sum, gemm->y_min), gemm->y_max);
  const double terms = (double)(gemm->k + 2) * (0.5 * FLT_EPSILON);
  const double added = gemm->beta ? old : 0;
  return (struct expectation){clamped + added, terms / (1 - terms) * (magnitude + fabs(added))};
}

static void describe(const struct test_case *test, char *text, size_t size) {
  snprintf(text, size,
           "%s %lldx%lldx%lld %c%c%s beta %d%s strides %lld %lld %lld splits %lld batch %lld %lld %lld %lld",
           tern_kernel_at(test->kernel)->name, (long long)test->m, (long long)test->gemm.n, (long long)test->gemm.k,
           test->a_transposed ? 'T' : 'N', test->b_transposed ? 'T' : 'N', test->unpacked ? " unpacked" : "",
           test->gemm.beta, test->gemm.bias ? " bias" : "", (long long)test->a_stride, (long long)test->b_stride,
           (long long)test->y_row_stride, (long long)test->splits, (long long)test->count,
           (long long)test->batch.a_stride, (long long)test->batch.b_stride, (long long)test->batch.y_stride);
}

static void compare(const struct test_case *test, const void *a, const void *b, const float *before,
                    const float *after) {
  char text[256];
  const int64_t rows = test->gemm.n == 0 ? 0 : test->m;
  for (int64_t row = 0; row < rows; row++) {
    for (int64_t col = 0; col < (row + 1 < rows ? test->y_row_stride : test->gemm.n); col++) {
      const int64_t index = row * test->y_row_stride + col;
      struct expectation expected = {before[index], 0};
      if (col < test->gemm.n) {
        expected = expect(test, a, b, row, col, before[index]);
      }
      const double error = fabs(after[index] - expected.y);
      if (!(error <= expected.bound)) { // so that NaN fails
        describe(test, text, sizeof text);
        check(false, "%s: y[%lld][%lld] is %g, not %g", text, (long long)row, (long long)col, (double)after[index],
              expected.y);
        return;
      }
    }
  }
  check(true, "close");
}

// Packed matrices follow each other.
static void pack(const struct test_case *test, const void *b, uint8_t *packed, int64_t bytes) {
  const int64_t n = test->gemm.n, k = test->gemm.k, splits = test->splits;
  const int64_t panels = tern_gemm_panels(test->kernel, n), count = test->batch.b_stride ? test->count : 1;
  for (int64_t i = 0; i < count * splits; i++) {
    const int64_t matrix = i / splits, part = i % splits;
    tern_gemm_pack(test->kernel, n, k, matrix_at(b, matrix * test->batch.b_stride, test->gemm.a_type),
                   test->b_transposed ? 1 : test->b_stride, test->b_transposed ? test->b_stride : 1,
                   packed + matrix * bytes, panels * part / splits, panels * (part + 1) / splits);
  }
}

static void pack_and_run(const struct test_case *test, const void *a, const void *b, float *y) {
  const struct tern_gemm *gemm = &test->gemm;
  const int32_t kernel = test->kernel;
  const int64_t splits = test->splits, tiles = tern_gemm_tiles(kernel, gemm, test->m) * test->count;
  const int64_t bytes = tern_gemm_packed_bytes(kernel, gemm->n, gemm->k);
  void *packed = arena_take(&packed_arena, bytes * (test->batch.b_stride ? test->count : 1), test->at_end);
  pack(test, b, packed, bytes);
  struct tern_batch batch = test->batch;
  batch.b_stride = batch.b_stride ? bytes : 0;
  const int64_t workspace_bytes = tern_gemm_workspace_bytes(kernel, gemm, test->m);
  for (int64_t i = 0; i < splits; i++) {
    void *workspace = arena_take(&workspace_arena, workspace_bytes, test->at_end);
    tern_gemm_run(kernel, gemm, test->count > 1 ? &batch : NULL, packed, test->m, a,
                  test->a_transposed ? 1 : test->a_stride, test->a_transposed ? test->a_stride : 1, NULL, y,
                  test->y_row_stride, tiles * i / splits, tiles * (i + 1) / splits, workspace);
  }
}

static void run_unpacked(const struct test_case *test, const void *a, const void *b, float *y) {
  const struct tern_gemm *gemm = &test->gemm;
  const int32_t kernel = test->kernel;
  const int64_t splits = test->splits, tiles = tern_gemm_tiles(kernel, gemm, test->m) * test->count;
  const int64_t workspace_bytes = tern_gemm_unpacked_workspace_bytes(kernel, gemm, test->m);
  for (int64_t i = 0; i < splits; i++) {
    void *workspace = arena_take(&workspace_arena, workspace_bytes, test->at_end);
    tern_gemm_run_unpacked(kernel, gemm, test->count > 1 ? &test->batch : NULL, b,
                           test->b_transposed ? 1 : test->b_stride, test->b_transposed ? test->b_stride : 1, test->m, a,
                           test->a_transposed ? 1 : test->a_stride, test->a_transposed ? test->a_stride : 1, y,
                           test->y_row_stride, tiles * i / splits, tiles * (i + 1) / splits, workspace);
  }
}

static void run(const struct test_case *test, const void *a, const void *b, float *y) {
  if (test->unpacked) {
    run_unpacked(test, a, b, y);
  } else {
    pack_and_run(test, a, b, y);
  }
}

static void fill_with_nan(const struct test_case *test, float *y) {
  for (int64_t row = 0; row < test->m; row++) {
    for (int64_t col = 0; col < test->gemm.n; col++) {
      y[row * test->y_row_stride + col] = NAN;
    }
  }
}

static void compare_batch(const struct test_case *test, const void *a, const void *b, const float *before,
                          const float *after) {
  const struct tern_batch *batch = &test->batch;
  for (int64_t i = 0; i < test->count; i++) {
    const int64_t begin = i * batch->y_stride, end = begin + extent(test->m, test->gemm.n, test->y_row_stride);
    const void *a_matrix = matrix_at(a, i * batch->a_stride, test->gemm.a_type);
    const void *b_matrix = matrix_at(b, i * batch->b_stride, test->gemm.a_type);
    compare(test, a_matrix, b_matrix, before + begin, after + begin);
    const int64_t gap = i + 1 < test->count ? begin + batch->y_stride - end : 0;
    check(memcmp(before + end, after + end, (size_t)gap * sizeof *after) == 0, "written between two matrices of y");
  }
}

static void run_case(struct test_case *test) {
  static float before[ARENA / 4];
  struct tern_gemm *gemm = &test->gemm;
  const int64_t m = test->m, n = gemm->n, k = gemm->k, count = test->count;
  const int64_t a_extent = test->a_transposed ? extent(k, m, test->a_stride) : extent(m, k, test->a_stride);
  const int64_t b_extent = test->b_transposed ? extent(n, k, test->b_stride) : extent(k, n, test->b_stride);
  const int64_t y_floats = batch_extent(count, test->batch.y_stride, extent(m, n, test->y_row_stride));
  const int64_t a_elements = batch_extent(count, test->batch.a_stride, a_extent);
  const int64_t b_elements = batch_extent(count, test->batch.b_stride, b_extent);
  const void *a = draw_operand(&a_arena, a_elements, gemm->a_type, test->at_end);
  const void *b = draw_operand(&b_arena, b_elements, gemm->a_type, test->at_end);
  float *y = draw_matrix(&y_arena, y_floats, test->at_end);
  const float *bias = draw_matrix(&bias_arena, n, test->at_end);
  gemm->bias = random_bits() & 1 ? bias : NULL;
  for (int64_t i = 0; !gemm->beta && i < count; i++) {
    fill_with_nan(test, y + i * test->batch.y_stride); // with beta 0, y is never read
  }
  memcpy(before, y, (size_t)y_floats * 4);
  run(test, a, b, y);
  compare_batch(test, a, b, before, y);
}

// Every fourth case is of several products, some of which share a matrix.
static void draw_batch(struct test_case *test) {
  const int64_t m = test->m, n = test->gemm.n, k = test->gemm.k;
  test->count = random_bits() % 4 ? 1 : random_between(2, 4);
  test->batch.a_stride = random_bits() % 4 ? (test->a_transposed ? k : m) * test->a_stride + random_between(0, 9) : 0;
  test->batch.b_stride = random_bits() % 4 ? (test->b_transposed ? n : k) * test->b_stride + random_between(0, 9) : 0;
  test->batch.y_stride = m * test->y_row_stride + random_between(0, 9);
}

// Only f32 has a transposed A, and runs unpacked.
static void run_shape(int32_t kernel, int64_t m, int64_t n, int64_t k) {
  const int32_t type = tern_kernel_at(kernel)->a_type;
  for (int form = 0; form < 16; form++) {
    struct test_case test = {.kernel = kernel, .m = m, .a_transposed = form & 1, .b_transposed = form & 2};
    test.unpacked = form & 8;
    if (type != TERN_F32 && (test.a_transposed || test.unpacked)) {
      continue;
    }
    test.at_end = random_bits() % 4 != 0;
    test.a_stride = (test.a_transposed ? m : k) + (random_bits() & 1 ? 0 : random_between(0, 40));
    test.b_stride = (test.b_transposed ? k : n) + (random_bits() & 1 ? 0 : random_between(0, 40));
    test.y_row_stride = n + (random_bits() & 1 ? 0 : random_between(0, 40));
    test.splits = random_bits() & 1 ? 1 : random_between(2, 5);
    test.gemm = (struct tern_gemm){.n = n, .k = k, .a_type = type, .y_type = TERN_F32, .beta = form / 4 % 2};
    const bool clamped = !test.gemm.beta && random_bits() & 1;
    test.gemm.y_min = clamped ? 0 : -INFINITY, test.gemm.y_max = clamped ? 0.75f : INFINITY;
    draw_batch(&test);
    run_case(&test);
  }
}

static int64_t any_size(void) {
  return SIZES[random_bits() % SIZE_COUNT];
}

static void run_kernel(int32_t kernel) {
  for (int i = 0; i < SIZE_COUNT; i++) {
    run_shape(kernel, SIZES[i], any_size(), any_size());
    run_shape(kernel, any_size(), SIZES[i], any_size());
    run_shape(kernel, any_size(), any_size(), SIZES[i]);
  }
  for (int64_t m = 1; m <= 13; m++) {
    for (int64_t n = 1; n <= 33; n += 4) {
      for (int64_t k = 1; k <= 5; k++) {
        run_shape(kernel, m, n, k);
      }
    }
  }
  run_shape(kernel, 1, 70, 3000);
  run_shape(kernel, 600, 20, 17); // A transposed with columns far apart
  run_shape(kernel, 20, 33, 2100);
  run_shape(kernel, 7, 600, 65);
  run_shape(kernel, 65, 260, 770);  // an unpacked B packed in several blocks of columns and of k
  run_shape(kernel, 7, 13, 600);    // or multiplied as it is, along k
  run_shape(kernel, 18, 1049, 190); // or packed on the way, its rows far apart,
  run_shape(kernel, 193, 260, 770); // or near, for several blocks of rows
}

// A NaN in A or B comes out; one in a neighbouring row or column does not.
static void run_nan(int32_t kernel, bool unpacked) {
  struct test_case test = {
      .kernel = kernel, .m = 5, .a_stride = 9, .b_stride = 21, .y_row_stride = 21, .splits = 1, .count = 1};
  test.unpacked = unpacked;
  const int32_t type = tern_kernel_at(kernel)->a_type;
  test.gemm = (struct tern_gemm){.n = 21, .k = 9, .a_type = type, .y_type = TERN_F32, .y_min = 0, .y_max = 1};
  void *a = draw_operand(&a_arena, 5 * 9, type, true), *b = draw_operand(&b_arena, 9 * 21, type, true);
  float *y = draw_matrix(&y_arena, 5 * 21, true);
  set_element(a, 3 * 9 + 8, type, NAN), set_element(b, 2 * 21 + 20, type, NAN);
  run(&test, a, b, y);
  for (int64_t i = 0; i < 5 * 21; i++) {
    const bool expected = i / 21 == 3 || i % 21 == 20;
    check(isnan(y[i]) == expected, "%s: y[%lld] is %g", tern_kernel_at(kernel)->name, (long long)i, (double)y[i]);
  }
}

int main(void) {
  a_arena = arena_create(ARENA), b_arena = arena_create(ARENA), y_arena = arena_create(ARENA);
  packed_arena = arena_create(ARENA), workspace_arena = arena_create(ARENA), bias_arena = arena_create(1 << 16);
  const struct selection selection = kernels_of(TERN_GEMM, TERN_F32);
  for (int32_t i = 0; i < selection.count; i++) {
    const int32_t type = tern_kernel_at(selection.kernels[i])->b_type;
    if (type != TERN_F32 && type != TERN_BF16) {
      continue; // gemm_scaled_test
    }
    run_kernel(selection.kernels[i]);
    run_nan(selection.kernels[i], false);
    if (type == TERN_F32) {
      run_nan(selection.kernels[i], true);
    }
    printf("  covered  %s\n", tern_kernel_at(selection.kernels[i])->name);
  }
  return finish();
}
