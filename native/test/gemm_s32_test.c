// gemm_s32_test.c -- every GEMM kernel that sums in s32 against a triple loop, bit by bit, between guard pages
#include "harness.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const int64_t SIZES[] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  11, 12, 13,  15,  16,  17,  24,  31,
                                32, 33, 47, 48, 49, 60, 63, 64, 65, 80, 96, 97, 100, 127, 128, 129, 207, 261};
enum { SIZE_COUNT = sizeof SIZES / sizeof SIZES[0], ARENA = 4 << 20 };

// How the numbers of an operand are drawn.
enum fill { FILL_RANDOM, FILL_LOWEST, FILL_HIGHEST, FILL_MIXED_EXTREMES, FILL_HALF, FILL_COUNT };

struct test_case {
  int32_t kernel;
  int64_t m;
  struct tern_gemm gemm;
  enum fill a_fill, b_fill;
  bool b_transposed, with_bias, with_zero_points, at_end;
  int64_t a_row_stride, b_stride, y_row_stride;
  int64_t splits;     // ranges that the tiles and the panels are cut into
  int64_t bias_begin; // columns before have a bias of 0
  int64_t count;      // of products, a batch if there are several
  struct tern_batch batch;
  float *a_scales; // of the rows, or NULL
};

static struct arena a_arena, b_arena, y_arena, packed_arena, workspace_arena, row_arena, column_arenas[4];

static int64_t y_size(const struct test_case *test) {
  return test->gemm.y_type == TERN_S32 || test->gemm.y_type == TERN_F32 ? 4 : 1;
}

static int32_t b_type(const struct test_case *test) {
  return tern_kernel_at(test->kernel)->b_type;
}

static int64_t bits_of(int32_t type) {
  return type == TERN_B1 ? 1 : type == TERN_S2 ? 2 : type == TERN_S4 ? 4 : 8;
}

static bool has_signs(const struct test_case *test) {
  return test->gemm.a_type == TERN_B1;
}

// A byte of an operand: one element, or several narrow ones.
static uint8_t draw(enum fill fill, int32_t type) {
  const uint8_t lowests[] = {[TERN_S8] = 0x80, [TERN_U8] = 0, [TERN_S4] = 0x88, [TERN_S2] = 0xaa, [TERN_B1] = 0};
  const uint8_t lowest = lowests[type], highest = (uint8_t)~lowest;
  switch (fill) {
  case FILL_LOWEST:
    return lowest;
  case FILL_HIGHEST:
    return highest;
  case FILL_MIXED_EXTREMES:
    return random_bits() & 1 ? lowest : highest;
  case FILL_HALF: // pairs of weights reach 128 and no more: what vpmaddubsw just takes
    return random_bits() & 1 ? (uint8_t)random_between(-64, 64) : random_bits() & 1 ? 64 : (uint8_t)-64;
  default:
    return (uint8_t)random_bits();
  }
}

// Elements of a matrix whose rows lie `stride` apart and whose last row ends where its last element does.
static int64_t extent(int64_t rows, int64_t cols, int64_t stride) {
  return rows == 0 || cols == 0 ? 0 : (rows - 1) * stride + cols;
}

static int64_t operand_bytes(int32_t type, int64_t rows, int64_t cols, int64_t stride) {
  return (extent(rows, cols, stride) * bits_of(type) + 7) / 8;
}

// Of several matrices, of which each but the last ends where the next begins, or which are all the same.
static int64_t batch_bytes(const struct test_case *test, int32_t type, int64_t matrix_stride, int64_t matrix) {
  return (test->count - 1) * matrix_stride * bits_of(type) / 8 + matrix;
}

// The elements of a matrix, with those between its rows, as numbers.
static void decode(const uint8_t *from, int64_t bytes, int32_t type, int32_t *to) {
  const int64_t bits = bits_of(type);
  for (int64_t i = 0; i < bytes * 8 / bits; i++) {
    const int32_t raw = from[i * bits / 8] >> i * bits % 8 & (0xff >> (8 - bits));
    const bool negative = type != TERN_U8 && raw >> (bits - 1);
    to[i] = type == TERN_B1 ? raw * 2 - 1 : negative ? raw - (1 << bits) : raw;
  }
}

static int32_t expected_accumulator(const struct test_case *test, const int32_t *a, const int32_t *b, int64_t row,
                                    int64_t col) {
  const struct tern_gemm *gemm = &test->gemm;
  const int32_t zb = gemm->b_zero_points ? gemm->b_zero_points[col] : 0;
  uint32_t acc = gemm->bias ? (uint32_t)((const int32_t *)gemm->bias)[col] : 0;
  for (int64_t k = 0; k < gemm->k; k++) {
    const int64_t b_index = test->b_transposed ? col * test->b_stride + k : k * test->b_stride + col;
    const int32_t x = a[row * test->a_row_stride + k] - gemm->a_zero_point;
    acc += (uint32_t)(x * (b[b_index] - zb));
  }
  return (int32_t)acc;
}

// The four bytes (or the one) that y has to hold where it held `before`.
static uint32_t expected_y(const struct test_case *test, int32_t acc, int64_t row, int64_t col, uint32_t before) {
  const struct tern_gemm *gemm = &test->gemm;
  if (gemm->y_type == TERN_S32) {
    return (uint32_t)acc + (gemm->beta ? before : 0);
  }
  const float scaled = (float)acc * gemm->multipliers[col];
  if (gemm->y_type == TERN_F32) {
    const float by_row = test->a_scales ? scaled * test->a_scales[row] : scaled;
    float old, y = fminf(fmaxf(by_row, gemm->y_min), gemm->y_max);
    memcpy(&old, &before, sizeof old);
    y = gemm->beta ? y + old : y;
    uint32_t bits;
    memcpy(&bits, &y, sizeof bits);
    return bits;
  }
  const float y = fminf(fmaxf(rintf(scaled) + (float)gemm->y_zero_point, gemm->y_min), gemm->y_max);
  return (uint8_t)(int32_t)y;
}

static uint32_t load_y(const struct test_case *test, const uint8_t *y, int64_t index) {
  uint32_t bits = 0;
  memcpy(&bits, y + index * y_size(test), (size_t)y_size(test));
  return bits;
}

static void describe(const struct test_case *test, char *text, size_t size) {
  snprintf(
      text, size,
      "%s %lldx%lldx%lld a%d y%d za %d zy %d fills %d %d%s%s%s%s beta %d strides %lld %lld %lld splits %lld batch %lld "
      "%lld %lld %lld",
      tern_kernel_at(test->kernel)->name, (long long)test->m, (long long)test->gemm.n, (long long)test->gemm.k,
      test->gemm.a_type, test->gemm.y_type, test->gemm.a_zero_point, test->gemm.y_zero_point, test->a_fill,
      test->b_fill, test->b_transposed ? " NT" : "", test->with_bias ? " bias" : "",
      test->with_zero_points ? " zb" : "", test->a_scales ? " a_scales" : "", test->gemm.beta,
      (long long)test->a_row_stride, (long long)test->b_stride, (long long)test->y_row_stride, (long long)test->splits,
      (long long)test->count, (long long)test->batch.a_stride, (long long)test->batch.b_stride,
      (long long)test->batch.y_stride);
}

// y after the call against y before it: results inside the rows, nothing changed between them.
static void compare(const struct test_case *test, const int32_t *a, const int32_t *b, const uint8_t *before,
                    const uint8_t *after) {
  char text[256];
  const int64_t rows = test->gemm.n == 0 ? 0 : test->m;
  for (int64_t row = 0; row < rows; row++) {
    for (int64_t col = 0; col < (row + 1 < rows ? test->y_row_stride : test->gemm.n); col++) {
      const int64_t index = row * test->y_row_stride + col;
      const uint32_t old = load_y(test, before, index), y = load_y(test, after, index);
      const uint32_t expected =
          col < test->gemm.n ? expected_y(test, expected_accumulator(test, a, b, row, col), row, col, old) : old;
      if (y != expected) {
        describe(test, text, sizeof text);
        check(false, "%s: y[%lld][%lld] is %#x, not %#x", text, (long long)row, (long long)col, y, expected);
        return;
      }
    }
  }
  check(true, "equal");
}

static void draw_columns(struct test_case *test) {
  struct tern_gemm *gemm = &test->gemm;
  const int64_t bytes = gemm->n * 4;
  int32_t *bias = arena_take(&column_arenas[0], bytes, test->at_end);
  int32_t *zero_points = arena_take(&column_arenas[1], bytes, test->at_end);
  float *multipliers = arena_take(&column_arenas[2], bytes, test->at_end);
  const float scale = random_between(0, 7) ? 0x1p-9f : 0x1p+9f; // large ones leave the range of s32
  for (int64_t col = 0; col < gemm->n; col++) {
    bias[col] = col < test->bias_begin ? 0 : (int32_t)random_bits() >> random_between(0, 24);
    zero_points[col] = (int32_t)random_between(-128, 127);
    multipliers[col] = (random_float() + 1.001f) * scale;
  }
  gemm->bias = test->with_bias ? bias : NULL;
  gemm->b_zero_points = test->with_zero_points ? zero_points : NULL;
  gemm->multipliers = gemm->y_type == TERN_S32 ? NULL : multipliers;
}

// Of every other case that may have them.
static void draw_rows(struct test_case *test) {
  float *scales = arena_take(&row_arena, test->m * 4, test->at_end);
  for (int64_t row = 0; row < test->m; row++) {
    scales[row] = random_float() + 1.5f;
  }
  const bool may = test->gemm.y_type == TERN_F32 && test->count == 1;
  test->a_scales = may && random_bits() & 1 ? scales : NULL;
}

// Packed matrices follow each other, and so do their seeds.
static void pack(const struct test_case *test, const uint8_t *b, uint8_t *packed, int64_t bytes, int32_t *seeds) {
  const int64_t n = test->gemm.n, k = test->gemm.k, splits = test->splits;
  const int64_t panels = tern_gemm_panels(test->kernel, n);
  const int64_t row_stride = test->b_transposed ? 1 : test->b_stride,
                col_stride = test->b_transposed ? test->b_stride : 1;
  for (int64_t matrix = 0; matrix < (test->batch.b_stride ? test->count : 1); matrix++) {
    const uint8_t *from = b + matrix * test->batch.b_stride * bits_of(b_type(test)) / 8;
    for (int64_t i = 0; i < splits; i++) {
      tern_gemm_pack(test->kernel, n, k, from, row_stride, col_stride, packed + matrix * bytes, panels * i / splits,
                     panels * (i + 1) / splits);
    }
    tern_gemm_seeds(test->kernel, &test->gemm, packed + matrix * bytes, seeds + matrix * n);
  }
}

static void pack_and_run(struct test_case *test, const void *a, const void *b, void *y) {
  struct tern_gemm *gemm = &test->gemm;
  const int32_t kernel = test->kernel;
  const int64_t matrices = test->batch.b_stride ? test->count : 1;
  const int64_t bytes = tern_gemm_packed_bytes(kernel, gemm->n, gemm->k);
  void *packed = arena_take(&packed_arena, bytes * matrices, test->at_end);
  int32_t *seeds = arena_take(&column_arenas[3], gemm->n * 4 * matrices, test->at_end);
  pack(test, b, packed, bytes, seeds);
  gemm->seeds = seeds;
  struct tern_batch batch = test->batch;
  batch.b_stride = batch.b_stride ? bytes : 0;
  const int64_t splits = test->splits, tiles = tern_gemm_tiles(kernel, gemm, test->m) * test->count;
  const int64_t workspace_bytes = tern_gemm_workspace_bytes(kernel, gemm, test->m);
  for (int64_t i = 0; i < splits; i++) {
    void *workspace = arena_take(&workspace_arena, workspace_bytes, test->at_end);
    tern_gemm_run(kernel, gemm, test->count > 1 ? &batch : NULL, packed, test->m, a, test->a_row_stride, 1,
                  test->a_scales, y, test->y_row_stride, tiles * i / splits, tiles * (i + 1) / splits, workspace);
  }
}

static void compare_batch(const struct test_case *test, const int32_t *a, const int32_t *b, const uint8_t *before,
                          const uint8_t *after) {
  const struct tern_batch *batch = &test->batch;
  const int64_t size = y_size(test), bytes = extent(test->m, test->gemm.n, test->y_row_stride) * size;
  for (int64_t i = 0; i < test->count; i++) {
    const int64_t begin = i * batch->y_stride * size, end = begin + bytes;
    compare(test, a + i * batch->a_stride, b + i * batch->b_stride, before + begin, after + begin);
    const int64_t gap = i + 1 < test->count ? begin + batch->y_stride * size - end : 0;
    check(memcmp(before + end, after + end, (size_t)gap) == 0, "written between two matrices of y");
  }
}

static void run_case(struct test_case *test) {
  static uint8_t before[ARENA];
  static int32_t a_values[8 * ARENA], b_values[8 * ARENA];
  const struct tern_gemm *gemm = &test->gemm;
  draw_columns(test);
  draw_rows(test);
  const int64_t a_matrix = operand_bytes(gemm->a_type, test->m, gemm->k, test->a_row_stride);
  const int64_t b_matrix = test->b_transposed ? operand_bytes(b_type(test), gemm->n, gemm->k, test->b_stride)
                                              : operand_bytes(b_type(test), gemm->k, gemm->n, test->b_stride);
  const int64_t a_bytes = batch_bytes(test, gemm->a_type, test->batch.a_stride, a_matrix);
  const int64_t b_bytes = batch_bytes(test, b_type(test), test->batch.b_stride, b_matrix);
  const int64_t y_elements = (test->count - 1) * test->batch.y_stride + extent(test->m, gemm->n, test->y_row_stride);
  const int64_t y_bytes = y_elements * y_size(test);
  uint8_t *a = arena_take(&a_arena, a_bytes, test->at_end), *b = arena_take(&b_arena, b_bytes, test->at_end);
  uint8_t *y = arena_take(&y_arena, y_bytes, test->at_end);
  for (int64_t i = 0; i < a_bytes; i++) {
    a[i] = draw(test->a_fill, gemm->a_type);
  }
  for (int64_t i = 0; i < b_bytes; i++) {
    b[i] = draw(test->b_fill, b_type(test));
  }
  for (int64_t i = 0; i < y_bytes / 4 * 4; i += 4) {
    const float value = 1000 * random_float();
    memcpy(y + i, &value, 4);
  }
  memcpy(before, y, (size_t)y_bytes);
  pack_and_run(test, a, b, y);
  decode(a, a_bytes, gemm->a_type, a_values);
  decode(b, b_bytes, b_type(test), b_values);
  compare_batch(test, a_values, b_values, before, y);
}

// Signs have no zero points, and their rows, and columns of B, begin on whole bytes.
static void restrict_to_signs(struct test_case *test) {
  test->gemm.a_zero_point = 0, test->with_zero_points = false, test->b_transposed = true;
  test->a_row_stride = (test->a_row_stride + 7) / 8 * 8;
  test->b_stride = (test->gemm.k + 7) / 8 * 8 + random_between(0, 5) * 8;
}

// Rows of narrow weights begin on whole bytes.
static void align_narrow(struct test_case *test) {
  const int64_t per_byte = 8 / bits_of(b_type(test));
  test->b_stride = (test->b_stride + per_byte - 1) / per_byte * per_byte;
}

// Every fourth case is of several products, some of which share a matrix. Matrices begin on whole bytes, as rows do.
static void draw_batch(struct test_case *test) {
  const int64_t a_rows = random_bits() % 4 ? test->m + random_between(0, 2) : 0;
  const int64_t b_lines = test->b_transposed ? test->gemm.n : test->gemm.k;
  test->count = random_bits() % 4 ? 1 : random_between(2, 4);
  test->batch.a_stride = a_rows * test->a_row_stride;
  test->batch.b_stride = random_bits() % 4 ? (b_lines + random_between(0, 2)) * test->b_stride : 0;
  test->batch.y_stride = test->m * test->y_row_stride + random_between(0, 9);
}

// Everything but kernel, shape and types, at random.
static struct test_case draw_case(int32_t kernel, int64_t m, int64_t n, int64_t k, int32_t a_type, int32_t y_type) {
  struct test_case test = {.kernel = kernel, .m = m};
  const bool is_signed = a_type == TERN_S8, bytes = y_type == TERN_S8 || y_type == TERN_U8;
  const int32_t low = y_type == TERN_S8 ? -128 : 0;
  test.a_fill = random_bits() & 1 ? FILL_RANDOM : (enum fill)random_between(0, FILL_COUNT - 1);
  test.b_fill = random_bits() & 1 ? FILL_RANDOM : (enum fill)random_between(0, FILL_COUNT - 1);
  test.with_bias = random_bits() & 1, test.with_zero_points = random_bits() % 4 == 0;
  test.at_end = random_bits() % 4 != 0, test.b_transposed = random_bits() & 1;
  test.a_row_stride = k + (random_bits() & 1 ? 0 : random_between(0, 70));
  test.b_stride = (test.b_transposed ? k : n) + (random_bits() & 1 ? 0 : random_between(0, 70));
  test.y_row_stride = n + (random_bits() & 1 ? 0 : random_between(0, 70));
  test.splits = random_bits() & 1 ? 1 : random_between(2, 5);
  const int32_t lowest = is_signed ? -128 : 0;
  const int32_t zero_points[] = {0, lowest, lowest + 255, lowest + (int32_t)random_between(0, 255)};
  test.gemm = (struct tern_gemm){.n = n, .k = k, .a_type = a_type, .y_type = y_type};
  test.gemm.a_zero_point = zero_points[random_bits() % 4];
  test.gemm.y_zero_point = bytes ? low + (int32_t)random_between(0, 255) : 0;
  test.gemm.y_min = bytes ? (float)low : -INFINITY;
  test.gemm.y_max = bytes ? (float)(low + 255) : INFINITY;
  test.gemm.beta = !bytes && random_bits() & 1;
  if (!test.gemm.beta && random_bits() & 1) {
    test.gemm.y_min = bytes ? (float)test.gemm.y_zero_point : 0; // ReLU
    test.gemm.y_max = bytes ? test.gemm.y_max : 100;
  }
  if (has_signs(&test)) {
    restrict_to_signs(&test);
  } else if (b_type(&test) == TERN_B1) {
    test.with_zero_points = false, test.b_transposed = true;
    test.b_stride = k + random_between(0, 40);
  }
  align_narrow(&test);
  draw_batch(&test);
  return test;
}

// One of the two types that a kernel takes; signs are alone.
static int32_t a_type_of(int32_t kernel, int i) {
  return tern_kernel_at(kernel)->a_type == TERN_B1 ? TERN_B1 : i == 0 ? TERN_U8 : TERN_S8;
}

static const int32_t Y_TYPES[] = {TERN_S32, TERN_S8, TERN_U8, TERN_F32};

static void run_types(int32_t kernel, int64_t m, int64_t n, int64_t k, int a, int y) {
  struct test_case test = draw_case(kernel, m, n, k, a_type_of(kernel, a), Y_TYPES[y]);
  run_case(&test);
}

static void run_shape(int32_t kernel, int64_t m, int64_t n, int64_t k) {
  for (int i = 0; i < 8; i++) {
    run_types(kernel, m, n, k, i % 2, i / 2);
  }
}

static int64_t any_size(void) {
  return SIZES[random_bits() % SIZE_COUNT];
}

// Every size at each place among random others, every small shape, and blocks that are crossed.
static void run_kernel(int32_t kernel) {
  for (int i = 0; i < SIZE_COUNT; i++) {
    run_shape(kernel, SIZES[i], any_size(), any_size());
    run_shape(kernel, any_size(), SIZES[i], any_size());
    run_shape(kernel, any_size(), any_size(), SIZES[i]);
  }
  for (int64_t m = 1; m <= 13; m++) {
    for (int64_t n = 1; n <= 33; n += 4) {
      for (int64_t k = 1; k <= 9; k++) {
        run_types(kernel, m, n, k, random_bits() % 2, random_bits() % 4);
      }
    }
  }
  run_shape(kernel, 1, 70, 3000);
  run_shape(kernel, 530, 70, 20);
  run_shape(kernel, 50, 33, 2100);
  run_shape(kernel, 7, 1100, 65);
}

// Sums that nothing is added to, in all columns or in the first half.
static void run_bare(int32_t kernel) {
  static const int64_t shapes[][3] = {{50, 97, 2100}, {40, 128, 65}, {17, 31, 64}, {1, 200, 130}};
  for (int i = 0; i < 8; i++) {
    const int64_t *shape = shapes[i / 2];
    struct test_case test = draw_case(kernel, shape[0], shape[1], shape[2], a_type_of(kernel, i / 2 % 2), TERN_S32);
    test.gemm.a_zero_point = 0, test.gemm.beta = false, test.with_zero_points = false;
    test.with_bias = i % 2, test.bias_begin = shape[1] / 2;
    run_case(&test);
  }
}

// All weights and activations at their extremes: the largest pair sums that an instruction can meet.
static void run_extremes(int32_t kernel) {
  for (int a_fill = FILL_LOWEST; a_fill < FILL_COUNT; a_fill++) {
    for (int b_fill = FILL_LOWEST; b_fill < FILL_COUNT; b_fill++) {
      for (int i = 0; i < 2; i++) {
        struct test_case test = draw_case(kernel, 37, 83, 261, a_type_of(kernel, i), TERN_S32);
        test.a_fill = (enum fill)a_fill, test.b_fill = (enum fill)b_fill;
        run_case(&test);
      }
    }
  }
}

int main(void) {
  a_arena = arena_create(ARENA), b_arena = arena_create(ARENA), y_arena = arena_create(ARENA);
  packed_arena = arena_create(ARENA), workspace_arena = arena_create(ARENA), row_arena = arena_create(1 << 16);
  for (int i = 0; i < 4; i++) {
    column_arenas[i] = arena_create(1 << 16);
  }
  const struct selection selection = kernels_of(TERN_GEMM, TERN_S32);
  for (int32_t i = 0; i < selection.count; i++) {
    run_kernel(selection.kernels[i]);
    run_bare(selection.kernels[i]);
    run_extremes(selection.kernels[i]);
    printf("  covered  %s\n", tern_kernel_at(selection.kernels[i])->name);
  }
  return finish();
}
