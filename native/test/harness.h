// harness.h -- what the C tests share: counted checks, seeded numbers, memory between guard pages
#ifndef TERN_HARNESS_H
#define TERN_HARNESS_H

#include "tern.h"

#include <stdbool.h>
#include <stddef.h>

enum { TEST_SEED = 20240 };

// Counts a check; when it fails, prints the message (printf style) for the first twenty.
void check(bool ok, const char *format, ...) __attribute__((format(printf, 2, 3)));

// Prints "N passed, N failed" as the last line; the exit status of main.
int finish(void);

// The same numbers in every run.
uint32_t random_bits(void);
int64_t random_between(int64_t low, int64_t high); // both included
float random_float(void);                          // in [-1, 1)

// Memory with a page without access before and after it; a hit ends the process.
struct arena {
  uint8_t *begin, *end;
};
struct arena arena_create(int64_t bytes);

// `bytes` of it, right before the page at its end or right after the page at its begin, filled with 0xa5.
void *arena_take(const struct arena *arena, int64_t bytes, bool at_end);

// Kernels of an operation and accumulator type that this CPU runs; the others are printed with their reason.
struct selection {
  int32_t kernels[64];
  int32_t count;
};
struct selection kernels_of(int32_t op, int32_t acc_type);

#endif
