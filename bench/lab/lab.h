// lab.h -- what the labs share: CPU time of this thread, and the best of many short batches
#ifndef TERN_LAB_H
#define TERN_LAB_H

#define _POSIX_C_SOURCE 200809L
#include "tern.h"

#include <time.h>

enum { BATCHES = 50 };

static inline double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static inline double seconds_of(void (*run)(const void *), const void *job, int64_t calls) {
  const double start = now();
  for (int64_t i = 0; i < calls; i++) {
    run(job);
  }
  return now() - start;
}

// Of one call: what the code can do, on a machine that others use too.
static inline double best_seconds(void (*run)(const void *), const void *job) {
  const double batch_seconds = 7e-4;
  int64_t calls = 1;
  while (seconds_of(run, job, calls) < batch_seconds) {
    calls *= 2;
  }
  double best = 1e9;
  for (int batch = 0; batch < BATCHES; batch++) {
    const double seconds = seconds_of(run, job, calls) / (double)calls;
    best = seconds < best ? seconds : best;
  }
  return best;
}

#endif
