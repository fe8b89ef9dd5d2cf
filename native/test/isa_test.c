// isa_test.c -- version, tables, detection and peaks
#include "harness.h"

#include <stdio.h>
#include <string.h>

// The words of /proc/cpuinfo that an ISA bit stands for. The kernel leaves out what it does not save.
struct word {
  uint64_t isa;
  const char *flags[5];
};

static const struct word WORDS[] = {
#if defined(__x86_64__)
    {TERN_ISA_AVX2, {"avx2", "fma", "f16c"}},
    {TERN_ISA_AVX512, {"avx512f", "avx512bw", "avx512dq", "avx512vl"}},
    {TERN_ISA_AVX512VNNI, {"avx512_vnni"}},
    {TERN_ISA_AVX512BF16, {"avx512_bf16"}},
    {TERN_ISA_AVX512VPOPCNTDQ, {"avx512_vpopcntdq"}},
    {TERN_ISA_AVX512VBMI, {"avx512vbmi"}},
    {TERN_ISA_AMXINT8, {"amx_tile", "amx_int8"}},
#else
    {TERN_ISA_NEON, {"asimd"}},
    {TERN_ISA_DOTPROD, {"asimddp"}},
    {TERN_ISA_I8MM, {"i8mm"}},
#endif
};

static bool has_word(const char *line, const char *word) {
  const size_t length = strlen(word);
  for (const char *at = strstr(line, word); at; at = strstr(at + 1, word)) {
    if (at[-1] == ' ' && (at[length] == ' ' || at[length] == '\n')) {
      return true;
    }
  }
  return false;
}

// Under qemu /proc/cpuinfo is the host's, and says nothing of the guest; then there is no line to compare with.
static void check_detection(uint64_t isa) {
  static char line[1 << 14];
  const char *key = sizeof WORDS / sizeof WORDS[0] == 3 ? "Features" : "flags";
  FILE *file = fopen("/proc/cpuinfo", "r");
  while (file && fgets(line, sizeof line, file) && strncmp(line, key, strlen(key)) != 0) {
    line[0] = 0;
  }
  for (size_t i = 0; line[0] && i < sizeof WORDS / sizeof WORDS[0]; i++) {
    bool expected = true;
    for (int j = 0; j < 5 && WORDS[i].flags[j]; j++) {
      expected &= has_word(line, WORDS[i].flags[j]);
    }
    check(expected == ((isa & WORDS[i].isa) != 0), "isa %#llx: /proc/cpuinfo says %d", (unsigned long long)WORDS[i].isa,
          expected);
  }
  if (file) {
    fclose(file);
  }
}

// A register tile has a file of its name.
static void check_tile(const struct tern_kernel *kernel) {
  char tile[32];
  snprintf(tile, sizeof tile, "_%dx%d_", kernel->mr, kernel->nr);
  check(strstr(kernel->source, kernel->name) != NULL, "%s lies in %s", kernel->name, kernel->source);
  check(strstr(kernel->name, tile) != NULL, "%s names another tile than %s", kernel->name, tile);
}

// Kernels without one share the file <op>_<isa>.c.
static void check_family(const struct tern_kernel *kernel) {
  char file[64];
  const int op = (int)strcspn(kernel->name, "_");
  snprintf(file, sizeof file, "/%.*s%s.c", op, kernel->name, strrchr(kernel->name, '_'));
  check(strstr(kernel->source, file) != NULL, "%s lies in %s, not in %s", kernel->name, kernel->source, file);
}

static void check_table(void) {
  for (int32_t i = 0; i < tern_kernel_count(); i++) {
    const struct tern_kernel *kernel = tern_kernel_at(i);
    if (kernel->op == TERN_POOL || kernel->op == TERN_LSTM || kernel->op == TERN_LSTM_GRADIENT ||
        kernel->op == TERN_ACTIVATION || kernel->op == TERN_REORDER) {
      check_family(kernel);
    } else {
      check_tile(kernel);
    }
    for (int32_t j = 0; j < i; j++) {
      check(strcmp(kernel->name, tern_kernel_at(j)->name) != 0, "%s stands in two rows", kernel->name);
    }
  }
}

int main(void) {
  const uint64_t isa = tern_cpu_isa();
  check(tern_abi_version() == TERN_ABI_VERSION, "abi version %u", tern_abi_version());
  check(strstr(tern_build_info(), "libtern") != NULL, "build info %s", tern_build_info());
  check((isa & TERN_ISA_SCALAR) != 0, "scalar is everywhere");
  check(tern_cpu_isa() == isa, "asking twice gives two answers");
  check_detection(isa);
  check_table();
  for (int32_t i = 0; i < tern_peak_count(); i++) {
    const struct tern_peak *peak = tern_peak_at(i);
    if ((peak->isa & ~isa) == 0) {
      tern_peak_run(i, 0);
      tern_peak_run(i, 1000);
      check(peak->ops > 0, "%s has no operations", peak->name);
      printf("  covered  %s\n", peak->name);
    }
  }
  const struct arena arena = arena_create(4096);
  for (int64_t bytes = 0; bytes <= 200; bytes++) {
    const uint8_t *from = arena_take(&arena, bytes, true);
    uint64_t expected = 0;
    for (int64_t i = 0; i < bytes; i++) {
      expected += (uint64_t)from[i] << 8 * (i % 8);
    }
    check(tern_read(from, bytes) == expected, "tern_read of %lld bytes", (long long)bytes);
  }
  return finish();
}
