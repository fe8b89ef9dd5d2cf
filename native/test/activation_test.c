// activation_test.c -- sigmoid and tanh of every kernel: within the bound of exp and tanh in double, the same bits on
// every instruction set, between guard pages
#include "harness.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

// The bound that src/activation.h states; 2.41 and 2.50 over all floats.
#define ULPS 3.0
#define LEAST_SIGMOID 3.98e-31 // below its argument -70

enum { CHUNK = 4096, STEP = 1021 }; // every so many floats, of which there are 2^32

static bool is_tanh(int32_t kernel) {
  return strstr(tern_kernel_at(kernel)->name, "tanh") != NULL;
}

static double exact(bool tanh_of, double x) {
  return tanh_of ? tanh(x) : 1 / (1 + exp(-x));
}

// Half of the distance of neighbouring floats near a value is 2^-24 times its power of two above.
static double ulp_of(double value) {
  int exponent;
  frexp(value, &exponent);
  return ldexp(1, (exponent < -125 ? -125 : exponent) - 24);
}

static bool close(bool tanh_of, float x, float y) {
  if (isnan(x)) {
    return isnan(y);
  }
  const double expected = exact(tanh_of, x);
  const double error = fabs(y - expected);
  return error <= ULPS * ulp_of(expected) || (!tanh_of && x < -70 && error <= LEAST_SIGMOID);
}

static float float_of(uint32_t bits) {
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

// The same bits, but that a NaN may be any.
static bool same(float p, float q) {
  return memcmp(&p, &q, sizeof p) == 0 || (isnan(p) && isnan(q));
}

static void check_chunk(int32_t kernel, int32_t scalar, const float *x, int64_t count) {
  static float y[CHUNK], expected[CHUNK];
  tern_activation_run(kernel, x, y, count);
  tern_activation_run(scalar, x, expected, count);
  const bool tanh_of = is_tanh(kernel);
  for (int64_t i = 0; i < count; i++) {
    check(close(tanh_of, x[i], y[i]) && same(y[i], expected[i]), "%s(%a) is %a, plain C has %a",
          tern_kernel_at(kernel)->name, (double)x[i], (double)y[i], (double)expected[i]);
  }
}

static void sweep(int32_t kernel, int32_t scalar) {
  static float x[CHUNK];
  int64_t count = 0;
  for (uint64_t bits = 0; bits < (uint64_t)1 << 32; bits += STEP) {
    x[count++] = float_of((uint32_t)bits);
    if (count == CHUNK) {
      check_chunk(kernel, scalar, x, count);
      count = 0;
    }
  }
  check_chunk(kernel, scalar, x, count);
}

static void check_specials(int32_t kernel, int32_t scalar) {
  const float x[] = {0,     -0.0f,    INFINITY,   -INFINITY, NAN,      0x1p-149f, -0x1p-149f, 0x1p-126f,
                     87.0f, -87.0f,   -87.0001f,  88.0f,     -88.0f,   0x1p127f,  -0x1p127f,  0.34657359f,
                     9.0f,  -9.0109f, 0.1732868f, -0.34657f, -0.6931f, 1.0f,      -1.0f};
  check_chunk(kernel, scalar, x, sizeof x / sizeof x[0]);
  float y[2];
  const float zeros[] = {0, -0.0f}, ends[] = {INFINITY, -INFINITY};
  tern_activation_run(kernel, zeros, y, 2);
  check(is_tanh(kernel) ? y[0] == 0 && signbit(y[1]) && !signbit(y[0]) : y[0] == 0.5f && y[1] == 0.5f, "%s(+-0)",
        tern_kernel_at(kernel)->name);
  tern_activation_run(kernel, ends, y, 2);
  check(y[0] == 1 && (is_tanh(kernel) ? y[1] == -1 : y[1] >= 0 && y[1] <= LEAST_SIGMOID), "%s(+-inf)",
        tern_kernel_at(kernel)->name);
}

// Every length, right before and after a page without access, in place.
static void check_tails(int32_t kernel, int32_t scalar, const struct arena *arena) {
  for (int64_t count = 0; count <= 67; count++) {
    float x[67], expected[67];
    for (int64_t i = 0; i < count; i++) {
      x[i] = 8 * random_float();
    }
    tern_activation_run(scalar, x, expected, count);
    for (int end = 0; end < 2; end++) {
      float *y = arena_take(arena, count * 4, end);
      memcpy(y, x, (size_t)count * 4);
      tern_activation_run(kernel, y, y, count);
      check(memcmp(y, expected, (size_t)count * 4) == 0, "%s of %lld floats", tern_kernel_at(kernel)->name,
            (long long)count);
    }
  }
}

int main(void) {
  const struct arena arena = arena_create(1 << 12);
  const struct selection selection = kernels_of(TERN_ACTIVATION, TERN_F32);
  for (int32_t i = 0; i < selection.count; i++) {
    const int32_t kernel = selection.kernels[i];
    int32_t scalar = selection.kernels[0];
    for (int32_t j = 0; is_tanh(scalar) != is_tanh(kernel); j++) {
      scalar = selection.kernels[j];
    }
    sweep(kernel, scalar);
    check_specials(kernel, scalar);
    check_tails(kernel, scalar, &arena);
    printf("  covered  %s\n", tern_kernel_at(kernel)->name);
  }
  return finish();
}
