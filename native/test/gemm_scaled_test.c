// gemm_scaled_test.c -- GEMM with scales of weights within the sums: f32 activations within a derived bound, 8-bit ones
// with a scale for each group bit by bit, against triple loops, between guard pages
#include "harness.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const int64_t SIZES[] = {0,  1,  2,  3,  4,  5,  7,  8,  9,   15,  16,  17,  31,  32,  33,
                                47, 48, 49, 63, 64, 65, 96, 97, 100, 127, 128, 129, 160, 193, 257};
enum { SIZE_COUNT = sizeof SIZES / sizeof SIZES[0], ARENA = 4 << 20, SCALES = 16 };

struct test_case {
  int32_t kernel;
  int64_t m;
  struct tern_gemm gemm;
  bool b_transposed, at_end;
  int64_t a_stride, b_stride, y_row_stride, splits;
};

static struct arena a_arena, b_arena, y_arena, packed_arena, workspace_arena, scale_arena, zero_arena, seed_arena,
    bias_arena;

static int32_t b_type(const struct test_case *test) {
  return tern_kernel_at(test->kernel)->b_type;
}

static int64_t bits_of(int32_t type) {
  return type == TERN_F32 ? 32 : type == TERN_B1 ? 1 : type == TERN_S2 ? 2 : type == TERN_S4 ? 4 : 8;
}

static int64_t extent(int64_t rows, int64_t cols, int64_t stride) {
  return rows == 0 || cols == 0 ? 0 : (rows - 1) * stride + cols;
}

static int64_t bytes_of(int64_t elements, int32_t type) {
  return (elements * bits_of(type) + 7) / 8;
}

// Element `index` of an integer operand.
static int32_t integer_at(const uint8_t *from, int64_t index, int32_t type) {
  const int64_t bits = bits_of(type);
  const int32_t raw = from[index * bits / 8] >> index * bits % 8 & (0xff >> (8 - bits));
  const bool negative = type != TERN_U8 && raw >> (bits - 1);
  return type == TERN_B1 ? raw * 2 - 1 : negative ? raw - (1 << bits) : raw;
}

static int64_t groups_of(const struct tern_gemm *gemm) {
  return (gemm->k + gemm->group - 1) / gemm->group;
}

static int64_t scale_at(const struct tern_gemm *gemm, int64_t col, int64_t k) {
  return (col / SCALES * groups_of(gemm) + k / gemm->group) * SCALES + col % SCALES;
}

// Integers as numbers, rows side by side: those of A less their zero point, weights, transposed, less theirs.
static int32_t a_values[ARENA], b_values[ARENA];

static void decode(const struct test_case *test, const uint8_t *a, const uint8_t *b) {
  const struct tern_gemm *gemm = &test->gemm;
  for (int64_t i = 0; gemm->a_type != TERN_F32 && i < test->m * gemm->k; i++) {
    const int64_t at = i / gemm->k * test->a_stride + i % gemm->k;
    a_values[i] = integer_at(a, at, gemm->a_type) - gemm->a_zero_point;
  }
  for (int64_t i = 0; i < gemm->n * gemm->k; i++) {
    const int64_t col = i / gemm->k, k = i % gemm->k;
    const int64_t at = test->b_transposed ? col * test->b_stride + k : k * test->b_stride + col;
    const int32_t zero = gemm->b_zero_points ? gemm->b_zero_points[scale_at(gemm, col, k)] : 0;
    b_values[i] = integer_at(b, at, b_type(test)) - zero;
  }
}

// What y has to be, and how far it may be from that.
struct expectation {
  double y, bound;
};

static struct expectation expect_reals(const struct test_case *test, const float *a, int64_t row, int64_t col,
                                       float old) {
  const struct tern_gemm *gemm = &test->gemm;
  const int32_t *weights = b_values + col * gemm->k;
  double sum = gemm->bias ? ((const float *)gemm->bias)[col] : 0, magnitude = fabs(sum);
  for (int64_t k = 0; k < gemm->k; k++) {
    const float weight = (float)weights[k] * gemm->b_scales[scale_at(gemm, col, k)];
    const double product = (double)a[row * test->a_stride + k] * weight;
    sum += product;
    magnitude += fabs(product);
  }
  const double added = gemm->beta ? old : 0, terms = (double)(gemm->k + 3) * (0.5 * FLT_EPSILON);
  const double clamped = fmin(fmax(sum, gemm->y_min), gemm->y_max);
  return (struct expectation){clamped + added, terms / (1 - terms) * (magnitude + fabs(added))};
}

static struct expectation expect_groups(const struct test_case *test, int64_t row, int64_t col, float old) {
  const struct tern_gemm *gemm = &test->gemm;
  const int32_t *x = a_values + row * gemm->k, *weights = b_values + col * gemm->k;
  float sum = 0;
  for (int64_t begin = 0; begin < gemm->k; begin += gemm->group) {
    int32_t acc = 0;
    for (int64_t k = begin; k < begin + gemm->group && k < gemm->k; k++) {
      acc += x[k] * weights[k];
    }
    const float product = (float)acc * gemm->b_scales[scale_at(gemm, col, begin)];
    sum = sum + product;
  }
  const float scaled = sum * gemm->a_scale;
  const float real = scaled + (gemm->bias ? ((const float *)gemm->bias)[col] : 0);
  const float clamped = fminf(fmaxf(real, gemm->y_min), gemm->y_max);
  return (struct expectation){gemm->beta ? clamped + old : clamped, 0};
}

static void describe(const struct test_case *test, char *text, size_t size) {
  const struct tern_gemm *gemm = &test->gemm;
  snprintf(text, size, "%s %lldx%lldx%lld a type %d group %lld%s%s beta %d strides %lld %lld %lld splits %lld",
           tern_kernel_at(test->kernel)->name, (long long)test->m, (long long)gemm->n, (long long)gemm->k, gemm->a_type,
           (long long)gemm->group, gemm->b_zero_points ? " zero points" : "", gemm->bias ? " bias" : "", gemm->beta,
           (long long)test->a_stride, (long long)test->b_stride, (long long)test->y_row_stride,
           (long long)test->splits);
}

static void compare(const struct test_case *test, const float *a, const float *before, const float *after) {
  const struct tern_gemm *gemm = &test->gemm;
  const int64_t rows = gemm->n == 0 ? 0 : test->m;
  for (int64_t row = 0; row < rows; row++) {
    for (int64_t col = 0; col < (row + 1 < rows ? test->y_row_stride : gemm->n); col++) {
      const int64_t index = row * test->y_row_stride + col;
      const float old = before[index];
      struct expectation expected = {old, 0};
      if (col < gemm->n) {
        expected = gemm->a_type == TERN_F32 ? expect_reals(test, a, row, col, old) : expect_groups(test, row, col, old);
      }
      if (!(fabs(after[index] - expected.y) <= expected.bound) && !(col >= gemm->n && isnan(old))) {
        char text[256];
        describe(test, text, sizeof text);
        check(false, "%s: y[%lld][%lld] is %.9g, not %.9g", text, (long long)row, (long long)col, (double)after[index],
              expected.y);
        return;
      }
    }
  }
  check(true, "equal or close");
}

// Scales, zero points and bias; of columns past the last, too, where they lie in sixteens.
static void draw_columns(struct test_case *test) {
  struct tern_gemm *gemm = &test->gemm;
  const int64_t count = (gemm->n + SCALES - 1) / SCALES * SCALES * groups_of(gemm);
  float *scales = arena_take(&scale_arena, count * 4, test->at_end);
  int32_t *zeros = arena_take(&zero_arena, count * 4, test->at_end);
  float *bias = arena_take(&bias_arena, gemm->n * 4, test->at_end);
  const int64_t bits = bits_of(b_type(test)), least = -(1 << (bits - 1));
  for (int64_t i = 0; i < count; i++) {
    scales[i] = (random_float() + 1.01f) * 0x1p-4f;
    zeros[i] = (int32_t)random_between(least, -least - 1);
  }
  for (int64_t col = 0; col < gemm->n; col++) {
    bias[col] = random_float();
  }
  gemm->b_scales = scales;
  gemm->b_zero_points = bits > 1 && random_bits() & 1 ? zeros : NULL;
  gemm->bias = random_bits() & 1 ? bias : NULL;
}

static void run(struct test_case *test, const void *a, const void *b, float *y) {
  struct tern_gemm *gemm = &test->gemm;
  const int32_t kernel = test->kernel;
  const int64_t splits = test->splits, tiles = tern_gemm_tiles(kernel, gemm, test->m);
  const int64_t panels = tern_gemm_panels(kernel, gemm->n);
  void *packed = arena_take(&packed_arena, tern_gemm_packed_bytes(kernel, gemm->n, gemm->k), test->at_end);
  for (int64_t i = 0; i < splits; i++) {
    tern_gemm_pack(kernel, gemm->n, gemm->k, b, test->b_transposed ? 1 : test->b_stride,
                   test->b_transposed ? test->b_stride : 1, packed, panels * i / splits, panels * (i + 1) / splits);
  }
  if (gemm->a_type != TERN_F32) {
    const int64_t count = (gemm->n + SCALES - 1) / SCALES * SCALES * groups_of(gemm);
    int32_t *seeds = arena_take(&seed_arena, count * 4, test->at_end);
    tern_gemm_seeds(kernel, gemm, packed, seeds);
    gemm->seeds = seeds;
  }
  for (int64_t i = 0; i < splits; i++) {
    void *workspace = arena_take(&workspace_arena, tern_gemm_workspace_bytes(kernel, gemm, test->m), test->at_end);
    tern_gemm_run(kernel, gemm, NULL, packed, test->m, a, test->a_stride, 1, NULL, y, test->y_row_stride,
                  tiles * i / splits, tiles * (i + 1) / splits, workspace);
  }
}

static void *draw_operand(const struct arena *arena, int64_t bytes, int32_t type, bool at_end) {
  uint8_t *operand = arena_take(arena, bytes, at_end);
  for (int64_t i = 0; type != TERN_F32 && i < bytes; i++) {
    operand[i] = (uint8_t)random_bits();
  }
  for (int64_t i = 0; type == TERN_F32 && i < bytes / 4; i++) {
    ((float *)(void *)operand)[i] = random_float();
  }
  return operand;
}

static void run_case(struct test_case *test) {
  static float before[ARENA / 4];
  const struct tern_gemm *gemm = &test->gemm;
  draw_columns(test);
  const int64_t b_elements =
      test->b_transposed ? extent(gemm->n, gemm->k, test->b_stride) : extent(gemm->k, gemm->n, test->b_stride);
  const int64_t y_bytes = extent(test->m, gemm->n, test->y_row_stride) * 4;
  const void *a = draw_operand(&a_arena, bytes_of(extent(test->m, gemm->k, test->a_stride), gemm->a_type), gemm->a_type,
                               test->at_end);
  const void *b = draw_operand(&b_arena, bytes_of(b_elements, b_type(test)), b_type(test), test->at_end);
  float *y = draw_operand(&y_arena, y_bytes, TERN_F32, test->at_end);
  for (int64_t i = 0; i < y_bytes / 4 && !gemm->beta; i++) {
    y[i] = NAN; // with beta 0, y is never read
  }
  memcpy(before, y, (size_t)y_bytes);
  run(test, a, b, y);
  decode(test, a, b);
  compare(test, a, before, y);
}

// Whole bytes from row to row.
static int64_t draw_stride(int64_t cols, int32_t type) {
  const int64_t per_byte = bits_of(type) < 8 ? 8 / bits_of(type) : 1;
  const int64_t wide = cols + (random_bits() & 1 ? 0 : random_between(0, 40));
  return (wide + per_byte - 1) / per_byte * per_byte;
}

static void run_shape(int32_t kernel, int32_t a_type, int64_t m, int64_t n, int64_t k) {
  for (int form = 0; form < 4; form++) {
    struct test_case test = {.kernel = kernel, .m = m};
    const bool whole = a_type == TERN_F32 && random_bits() % 3 == 0;
    const int64_t group = whole ? (k > 0 ? k : 1) : 32 << random_bits() % 3;
    test.b_transposed = b_type(&test) == TERN_B1 || form & 1;
    test.at_end = random_bits() % 4 != 0;
    test.a_stride = draw_stride(k, a_type);
    test.b_stride = draw_stride(test.b_transposed ? k : n, b_type(&test));
    test.y_row_stride = n + (random_bits() & 1 ? 0 : random_between(0, 40));
    test.splits = random_bits() & 1 ? 1 : random_between(2, 5);
    test.gemm = (struct tern_gemm){
        .n = n, .k = k, .a_type = a_type, .y_type = TERN_F32, .beta = form / 2, .group = group, .a_scale = 0.375f};
    const int32_t lowest = a_type == TERN_S8 ? -128 : 0;
    test.gemm.a_zero_point = a_type == TERN_F32 || random_bits() & 1 ? 0 : lowest + (int32_t)random_between(0, 255);
    const bool clamped = !test.gemm.beta && random_bits() & 1;
    test.gemm.y_min = clamped ? 0 : -INFINITY, test.gemm.y_max = clamped ? 0.75f : INFINITY;
    run_case(&test);
  }
}

static int64_t any_size(void) {
  return SIZES[random_bits() % SIZE_COUNT];
}

static void run_kernel(int32_t kernel, int32_t a_type) {
  for (int i = 0; i < SIZE_COUNT; i++) {
    run_shape(kernel, a_type, SIZES[i], any_size(), any_size());
    run_shape(kernel, a_type, any_size(), SIZES[i], any_size());
    run_shape(kernel, a_type, any_size(), any_size(), SIZES[i]);
  }
  run_shape(kernel, a_type, 1, 70, 2100); // blocks of k and of columns, for few rows
  run_shape(kernel, a_type, 8, 333, 300);
  run_shape(kernel, a_type, 9, 140, 1600); // and for more
  run_shape(kernel, a_type, 210, 33, 100);
}

// An integer kernel that multiplies weights of eight bits or fewer, in groups of at least 32; tiles of AMX take more.
static bool takes_groups(const struct tern_kernel *kernel) {
  return kernel->a_type != TERN_B1 && kernel->b_type != TERN_B1 && !(kernel->isa & TERN_ISA_AMXINT8);
}

int main(void) {
  a_arena = arena_create(ARENA), b_arena = arena_create(ARENA), y_arena = arena_create(ARENA);
  packed_arena = arena_create(ARENA), workspace_arena = arena_create(ARENA), bias_arena = arena_create(1 << 16);
  scale_arena = arena_create(1 << 20), zero_arena = arena_create(1 << 20), seed_arena = arena_create(1 << 20);
  const struct selection floats = kernels_of(TERN_GEMM, TERN_F32), integers = kernels_of(TERN_GEMM, TERN_S32);
  for (int32_t i = 0; i < floats.count; i++) {
    const struct tern_kernel *kernel = tern_kernel_at(floats.kernels[i]);
    if (kernel->a_type == TERN_F32 && kernel->b_type != TERN_F32) {
      run_kernel(floats.kernels[i], TERN_F32);
      printf("  covered  %s\n", tern_kernel_at(floats.kernels[i])->name);
    }
  }
  for (int32_t i = 0; i < integers.count; i++) {
    if (takes_groups(tern_kernel_at(integers.kernels[i]))) {
      run_kernel(integers.kernels[i], TERN_U8);
      run_kernel(integers.kernels[i], TERN_S8);
      printf("  covered  %s, in groups\n", tern_kernel_at(integers.kernels[i])->name);
    }
  }
  return finish();
}
