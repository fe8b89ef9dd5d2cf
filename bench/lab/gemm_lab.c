// gemm_lab.c -- kernels of libtern against the peak of their instruction, on one thread
//   build:  cc -O2 -Inative/include bench/lab/gemm_lab.c -Lbuild/native/native -ltern
//   -Wl,-rpath,$PWD/build/native/native -o build/gemm_lab
//
//   run:    build/gemm_lab KERNEL PEAK [MxNxK ...]; without arguments it lists kernels and peaks. The environment may
//   name the types of a and y, A and Y, by their numbers in tern.h, and the length of groups with a scale, G
#define _POSIX_C_SOURCE 200809L
#include "tern.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BATCHES = 200 };
static const double BATCH_SECONDS = 2e-4;

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

// Floats of magnitude 0.5 to 1, or pairs of bf16; as bytes, most are random.
static void *allocate(int64_t bytes, int32_t type) {
  const uint32_t random = type == TERN_BF16 ? 0x807f807f : 0x807fffff,
                 one = type == TERN_BF16 ? 0x3f003f00 : 0x3f000000;
  uint32_t *memory = aligned_alloc(4096, (size_t)(bytes + 8191) / 4096 * 4096);
  for (int64_t i = 0; i < bytes / 4; i++) {
    memory[i] = ((uint32_t)rand() & random) | one;
  }
  return memory;
}

static double peak_gops(int32_t peak) {
  const int64_t iterations = 4000;
  double best = 1e9;
  for (int i = 0; i < 200; i++) {
    const double start = now();
    tern_peak_run(peak, iterations);
    const double seconds = now() - start;
    best = seconds < best ? seconds : best;
  }
  return 1e-9 * (double)(iterations * tern_peak_at(peak)->ops) / best;
}

struct job {
  int32_t kernel;
  struct tern_gemm gemm;
  int64_t m;
  void *packed, *a, *y, *workspace;
};

// Elements from row to row: those below a byte begin on whole ones.
static int64_t whole_bytes(int64_t elements) {
  return (elements + 7) / 8 * 8;
}

static void run(const struct job *job) {
  const int64_t tiles = tern_gemm_tiles(job->kernel, &job->gemm, job->m);
  tern_gemm_run(job->kernel, &job->gemm, NULL, job->packed, job->m, job->a, whole_bytes(job->gemm.k), 1, NULL, job->y,
                job->gemm.n, 0, tiles, job->workspace);
}

// The best of many short batches in CPU time of this thread: what the code can do, on a machine that others use too.
static double best_seconds(const struct job *job) {
  int64_t calls = 1;
  for (;; calls *= 2) {
    const double start = now();
    for (int64_t i = 0; i < calls; i++) {
      run(job);
    }
    if (now() - start > BATCH_SECONDS) {
      break;
    }
  }
  double best = 1e9;
  for (int batch = 0; batch < BATCHES; batch++) {
    const double start = now();
    for (int64_t i = 0; i < calls; i++) {
      run(job);
    }
    const double seconds = (now() - start) / (double)calls;
    best = seconds < best ? seconds : best;
  }
  return best;
}

// Terms that share a scale: G of the environment, or all where only weights are integers.
static int64_t group_of(const struct tern_kernel *row, int64_t k) {
  const char *group = getenv("G");
  return group ? atoi(group) : row->acc_type != TERN_S32 && row->b_type != row->a_type ? k : 0;
}

static void measure(int32_t kernel, int32_t peak, int64_t m, int64_t n, int64_t k) {
  const struct tern_kernel *row = tern_kernel_at(kernel);
  const bool integer = row->acc_type == TERN_S32;
  const int64_t size = integer ? 1 : 4; // at most
  const int64_t group = group_of(row, k);
  const int64_t scales = (n + 15) / 16 * 16 * (group ? (k + group - 1) / group : 1);
  float *b_scales = group ? allocate(scales * 4, TERN_F32) : NULL;
  float *multipliers = allocate(n * 4, TERN_F32);
  int32_t *seeds = allocate(scales * 4, TERN_S32);
  const char *y_type = getenv("Y");
  const char *a_type = getenv("A");
  struct job job = {.kernel = kernel, .m = m};
  job.gemm = (struct tern_gemm){.n = n,
                                .k = k,
                                .a_type = a_type ? atoi(a_type) : row->a_type,
                                .y_type = y_type  ? atoi(y_type)
                                          : group ? TERN_F32
                                                  : row->acc_type,
                                .multipliers = multipliers,
                                .y_min = 0,
                                .y_max = 200,
                                .a_scale = 1,
                                .b_scales = b_scales,
                                .group = group};
  void *b = allocate(n * whole_bytes(k) * size, row->b_type);
  job.a = allocate(m * whole_bytes(k) * size, row->a_type);
  job.y = allocate(m * n * 4, TERN_F32);
  job.packed = allocate(tern_gemm_packed_bytes(kernel, n, k), row->b_type);
  tern_gemm_pack(kernel, n, k, b, 1, whole_bytes(k), job.packed, 0, tern_gemm_panels(kernel, n));
  job.workspace = allocate(tern_gemm_workspace_bytes(kernel, &job.gemm, m), TERN_F32);
  if (integer) {
    tern_gemm_seeds(kernel, &job.gemm, job.packed, seeds);
    job.gemm.seeds = seeds;
  }
  const double seconds = best_seconds(&job);
  const double gops = 2e-9 * (double)m * (double)n * (double)k / seconds;
  printf("%-30s %5ldx%ldx%-6ld %10.2f us %8.1f Gop/s %6.1f %%\n", row->name, (long)m, (long)n, (long)k, 1e6 * seconds,
         gops, 100 * gops / peak_gops(peak));
  free(b), free(job.a), free(job.y), free(job.packed), free(job.workspace), free(multipliers), free(seeds),
      free(b_scales);
}

int main(int argc, char **argv) {
  static char *all[] = {"1x1024x1024",    "1x4096x4096",  "16x1024x1024", "32x128x784",   "256x128x784",
                        "64x64x64",       "128x128x128",  "256x256x256",  "512x512x512",  "1024x1024x1024",
                        "2048x2048x2048", "128x768x768",  "128x3072x768", "128x768x3072", "3136x64x576",
                        "784x128x1152",   "196x256x2304", "49x512x4608",  "100x100x100",  "17x33x65"};
  if (argc < 3) {
    for (int32_t i = 0; i < tern_kernel_count(); i++) {
      printf("kernel %s\n", tern_kernel_at(i)->name);
    }
    for (int32_t i = 0; i < tern_peak_count(); i++) {
      if ((tern_peak_at(i)->isa & ~tern_cpu_isa()) == 0) {
        printf("peak %-26s %8.1f Gop/s\n", tern_peak_at(i)->name, peak_gops(i));
      }
    }
    return 0;
  }
  int32_t kernel = 0, peak = 0;
  tern_cpu_isa();
  while (strcmp(tern_kernel_at(kernel)->name, argv[1])) {
    kernel++;
  }
  while (strcmp(tern_peak_at(peak)->name, argv[2])) {
    peak++;
  }
  const double gops = peak_gops(peak);
  printf("%s %.1f Gop/s\n", argv[2], gops);
  char **shapes = argc > 3 ? argv + 3 : all;
  const int count = argc > 3 ? argc - 3 : (int)(sizeof all / sizeof all[0]);
  for (int i = 0; i < count; i++) {
    long m, n, k;
    if (sscanf(shapes[i], "%ldx%ldx%ld", &m, &n, &k) == 3) {
      measure(kernel, peak, m, n, k);
    }
  }
  return 0;
}
