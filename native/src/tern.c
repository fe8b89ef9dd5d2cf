// tern.c -- version, and the public view of the tables
#include "kernel.h"
#include "peak.h"

#if defined(__x86_64__)
#define TARGET "amd64"
#elif defined(__aarch64__)
#define TARGET "arm64"
#else
#define TARGET "plain C"
#endif

uint32_t tern_abi_version(void) {
  return TERN_ABI_VERSION;
}

const char *tern_build_info(void) {
  return "libtern, " TARGET ", compiler " __VERSION__;
}

int32_t tern_kernel_count(void) {
  return TERN_KERNELS_COUNT;
}

const struct tern_kernel *tern_kernel_at(int32_t kernel) {
  return &TERN_KERNELS[kernel].row;
}

int32_t tern_peak_count(void) {
  return TERN_PEAKS_COUNT;
}

const struct tern_peak *tern_peak_at(int32_t peak) {
  return &TERN_PEAKS[peak].row;
}

void tern_peak_run(int32_t peak, int64_t iterations) {
  if (iterations > 0) {
    TERN_PEAKS[peak].run(iterations);
  }
}
