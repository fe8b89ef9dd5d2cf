// spmm_lab.c -- kernels for sparse weights beside a dense one of the same types, in turns, on one thread
//   build:  cc -O2 -Inative/include bench/lab/spmm_lab.c -o build/spmm_lab -Lbuild/native/native -ltern
//             -Wl,-rpath,$PWD/build/native/native
//   run:    build/spmm_lab SPARSE DENSE MxNxK PERCENT ...     percent of words that are 0
//   prints the time of both, quartiles of their ratio, nanoseconds for each stored word and 64 rows of x, and what part
//   of the rate of reading its weights again and again the sparse kernel reads them at
#include "lab.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TURNS = 31 };

struct job {
  int32_t kernel;
  struct tern_gemm gemm;
  int64_t m, packed_bytes;
  void *packed, *x, *y, *workspace;
};

static uint64_t sink;

static void run(const void *context) {
  const struct job *job = context;
  tern_gemm_run(job->kernel, &job->gemm, NULL, job->packed, job->m, job->x, job->gemm.k, 1, NULL, job->y, job->gemm.n,
                0, tern_gemm_tiles(job->kernel, &job->gemm, job->m), job->workspace);
}

static void read_weights(const void *context) {
  const struct job *job = context;
  sink += tern_read(job->packed, job->packed_bytes);
}

static void *allocate(int64_t bytes) {
  return aligned_alloc(4096, (size_t)(bytes + 8191) / 4096 * 4096);
}

// Bytes that are never 0, floats of magnitude 0.5 to 1.
static void *draw(int64_t elements, int32_t type) {
  const int64_t size = type == TERN_F32 ? 4 : 1;
  uint8_t *memory = allocate(elements * size);
  for (int64_t i = 0; i < elements; i++) {
    if (type == TERN_F32) {
      ((float *)memory)[i] = 0.5f + 0.5f * (float)rand() / (float)RAND_MAX;
    } else {
      memory[i] = (uint8_t)(1 + rand() % 127);
    }
  }
  return memory;
}

static int64_t prune(uint8_t *weights, int64_t words, double percent) {
  int64_t stored = 0;
  for (int64_t i = 0; i < words; i++) {
    const int zero = rand() < percent / 100 * RAND_MAX;
    memset(weights + i * 4, 0, zero ? 4 : 0);
    stored += !zero;
  }
  return stored;
}

static struct job job_of(const struct tern_kernel *row, int32_t kernel, int64_t m, int64_t n, int64_t k,
                         const void *weights, const void *x) {
  const int32_t type = row->b_type == TERN_F32 ? TERN_F32 : TERN_U8;
  struct job job = {.kernel = kernel, .m = m, .x = (void *)x};
  float *multipliers = allocate(n * 4);
  for (int64_t i = 0; i < n; i++) {
    multipliers[i] = 1e-4f;
  }
  job.gemm = (struct tern_gemm){.n = n,
                                .k = k,
                                .a_type = type,
                                .y_type = type,
                                .multipliers = multipliers,
                                .y_min = 0,
                                .y_max = type == TERN_F32 ? 1e30f : 255};
  const int sparse = row->op == TERN_SPMM;
  job.packed_bytes = sparse ? tern_spmm_packed_bytes(kernel, n, k, weights, k) : tern_gemm_packed_bytes(kernel, n, k);
  job.packed = allocate(job.packed_bytes);
  if (sparse) {
    tern_spmm_pack(kernel, n, k, weights, k, job.packed);
  } else {
    tern_gemm_pack(kernel, n, k, weights, 1, k, job.packed, 0, tern_gemm_panels(kernel, n));
  }
  job.y = allocate(m * n * 4);
  job.workspace = allocate(tern_gemm_workspace_bytes(kernel, &job.gemm, m));
  if (type != TERN_F32) {
    int32_t *seeds = allocate(n * 4);
    tern_gemm_seeds(kernel, &job.gemm, job.packed, seeds);
    job.gemm.seeds = seeds;
  }
  return job;
}

static int ascending(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double turn(void (*function)(const void *), const struct job *job, int64_t *calls) {
  const double turn_seconds = 4e-3;
  while (*calls == 0 || seconds_of(function, job, *calls) < turn_seconds) {
    *calls = *calls == 0 ? 1 : *calls * 2;
    if (*calls > 1 << 20) {
      break;
    }
  }
  return seconds_of(function, job, *calls) / (double)*calls;
}

static void measure(int32_t sparse, int32_t dense, int64_t m, int64_t n, int64_t k, double percent) {
  const struct tern_kernel *row = tern_kernel_at(sparse);
  const int64_t size = row->b_type == TERN_F32 ? 4 : 1;
  uint8_t *weights = draw(n * k, row->b_type);
  const int64_t stored = prune(weights, n * k * size / 4, percent);
  const void *x = draw(m * k, row->b_type);
  const struct job jobs[] = {job_of(row, sparse, m, n, k, weights, x),
                             job_of(tern_kernel_at(dense), dense, m, n, k, weights, x)};
  double ratios[TURNS], times[3][TURNS];
  int64_t calls[3] = {0, 0, 0};
  for (int i = 0; i < TURNS; i++) {
    times[0][i] = turn(run, jobs, calls);
    times[1][i] = turn(run, jobs + 1, calls + 1);
    times[2][i] = turn(read_weights, jobs, calls + 2);
    ratios[i] = times[1][i] / times[0][i];
  }
  qsort(ratios, TURNS, sizeof *ratios, ascending);
  for (int i = 0; i < 3; i++) {
    qsort(times[i], TURNS, sizeof **times, ascending);
  }
  const double seconds = times[0][TURNS / 2];
  printf(
      "%-36s %4ldx%ldx%ld %4.0f %% %9.2f us dense %9.2f us ratio %.2f (%.2f-%.2f) %.3f ns a word; %ld KB, %.0f %% of "
      "reading\n",
      row->name, (long)m, (long)n, (long)k, percent, 1e6 * seconds, 1e6 * times[1][TURNS / 2], ratios[TURNS / 2],
      ratios[TURNS / 4], ratios[TURNS * 3 / 4], 1e9 * seconds / (double)stored / ((double)m / 64),
      (long)(jobs[0].packed_bytes >> 10), 100 * times[2][TURNS / 2] / seconds);
}

static int32_t kernel_of(const char *name) {
  for (int32_t i = 0; i < tern_kernel_count(); i++) {
    if (strcmp(tern_kernel_at(i)->name, name) == 0) {
      return i;
    }
  }
  fprintf(stderr, "no kernel %s\n", name);
  exit(2);
}

int main(int argc, char **argv) {
  long m, n, k;
  if (argc < 5 || sscanf(argv[3], "%ldx%ldx%ld", &m, &n, &k) != 3) {
    fprintf(stderr, "spmm_lab SPARSE DENSE MxNxK PERCENT ...\n");
    return 2;
  }
  for (int i = 4; i < argc; i++) {
    measure(kernel_of(argv[1]), kernel_of(argv[2]), m, n, k, atof(argv[i]));
  }
  return (int)(sink & 0);
}
