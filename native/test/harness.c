#define _GNU_SOURCE // MAP_ANONYMOUS
#include "harness.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { MESSAGES = 20 };

static int64_t passed, failed;
static uint64_t state = TEST_SEED;

void check(bool ok, const char *format, ...) {
  if (ok) {
    passed++;
    return;
  }
  if (failed++ < MESSAGES) {
    va_list arguments;
    va_start(arguments, format);
    printf("FAILED: ");
    vprintf(format, arguments);
    printf("\n");
    va_end(arguments);
  }
}

int finish(void) {
  if (passed == 0) {
    printf("nothing was checked\n");
  }
  printf("%lld passed, %lld failed\n", (long long)passed, (long long)failed);
  return failed == 0 && passed > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

// SplitMix64
uint32_t random_bits(void) {
  uint64_t x = state += 0x9e3779b97f4a7c15u;
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
  x = (x ^ x >> 27) * 0x94d049bb133111ebu;
  return (uint32_t)((x ^ x >> 31) >> 32);
}

int64_t random_between(int64_t low, int64_t high) {
  return low + random_bits() % (high - low + 1);
}

float random_float(void) {
  return (float)(int32_t)random_bits() * 0x1p-31f;
}

struct arena arena_create(int64_t bytes) {
  const size_t page = (size_t)sysconf(_SC_PAGESIZE);
  const size_t size = ((size_t)bytes + page - 1) / page * page;
  uint8_t *memory = mmap(NULL, size + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED || mprotect(memory + page, size, PROT_READ | PROT_WRITE) != 0) {
    perror("guarded memory");
    exit(EXIT_FAILURE); // never run unguarded
  }
  return (struct arena){memory + page, memory + page + size};
}

void *arena_take(const struct arena *arena, int64_t bytes, bool at_end) {
  if (bytes > arena->end - arena->begin) {
    printf("an arena is too small: %lld bytes\n", (long long)bytes);
    exit(EXIT_FAILURE);
  }
  uint8_t *from = at_end ? arena->end - bytes : arena->begin;
  memset(from, 0xa5, (size_t)bytes);
  return from;
}

struct selection kernels_of(int32_t op, int32_t acc_type) {
  struct selection selection = {.count = 0};
  const uint64_t isa = tern_cpu_isa();
  printf("seed %d, isa %#llx\n", TEST_SEED, (unsigned long long)isa);
  for (int32_t i = 0; i < tern_kernel_count(); i++) {
    const struct tern_kernel *kernel = tern_kernel_at(i);
    if (kernel->op != op || kernel->acc_type != acc_type) {
      continue;
    }
    const uint64_t missing = kernel->isa & ~isa;
    if (missing) {
      printf("  absent   %s: this CPU lacks isa %#llx\n", kernel->name, (unsigned long long)missing);
    } else {
      selection.kernels[selection.count++] = i;
    }
  }
  return selection;
}
