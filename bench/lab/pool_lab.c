// pool_lab.c -- poolings of libtern against the time that reading x takes, on one thread
//   build:  cc -O2 -Inative/include bench/lab/pool_lab.c -o build/pool_lab -Lbuild/native/native -ltern
//             -Wl,-rpath,$PWD/build/native/native
//   run:    build/pool_lab
#include "lab.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct job {
  int32_t kernel; // or -1 to read x
  struct tern_pool pool;
  struct tern_images x, dy, y;
  int64_t images, x_bytes;
  int64_t backward, max;
};

static uint64_t sink;

static void run(const void *context) {
  const struct job *job = context;
  if (job->kernel < 0) {
    sink += tern_read(job->x.first, job->x_bytes);
    return;
  }
  const int64_t rows = job->images * (job->backward ? job->pool.height : job->pool.out_height);
  tern_pool_run(job->kernel, &job->pool, job->backward && !job->max ? NULL : &job->x, job->backward ? &job->dy : NULL,
                &job->y, 0, rows);
}

static struct tern_images images_of(int64_t images, int64_t height, int64_t width, int64_t channels) {
  const int64_t floats = images * height * width * channels;
  float *first = aligned_alloc(64, (size_t)(floats * 4 + 63) / 64 * 64);
  for (int64_t i = 0; i < floats; i++) {
    first[i] = (float)(rand() % 2001 - 1000) / 1000;
  }
  return (struct tern_images){first, height * width * channels, width * channels, channels};
}

static void measure(int32_t kernel, int64_t images, int64_t size, int64_t channels, int64_t window, int64_t stride,
                    int64_t padding) {
  const struct tern_kernel *row = tern_kernel_at(kernel);
  struct job job = {.kernel = kernel, .images = images};
  job.backward = strstr(row->name, "backward") != NULL, job.max = strstr(row->name, "max") != NULL;
  const int64_t out = (size + 2 * padding - window) / stride + 1, element = row->a_type == TERN_F32 ? 4 : 1;
  job.pool = (struct tern_pool){.height = size,
                                .width = size,
                                .channels = channels,
                                .out_height = out,
                                .out_width = out,
                                .kernel_height = window,
                                .kernel_width = window,
                                .stride_height = stride,
                                .stride_width = stride,
                                .dilation_height = 1,
                                .dilation_width = 1,
                                .top = padding,
                                .left = padding,
                                .type = row->a_type};
  job.x = images_of(job.images, size, size, channels);
  job.dy = images_of(job.images, out, out, channels);
  job.y = images_of(job.images, size, size, channels);
  if (!job.backward) {
    job.y.image_stride = out * out * channels, job.y.row_stride = out * channels;
  }
  job.x_bytes = job.images * size * size * channels * element;
  struct job reading = job;
  reading.kernel = -1;
  const double floor = best_seconds(run, &reading), seconds = best_seconds(run, &job);
  printf("%-36s %ldx%ld^2x%ld window %ld stride %ld %8.1f us %6.1f GB/s of x; reading x %8.1f us: %3.0f %%\n",
         row->name, (long)job.images, (long)size, (long)channels, (long)window, (long)stride, 1e6 * seconds,
         1e-9 * (double)job.x_bytes / seconds, 1e6 * floor, 100 * floor / seconds);
  free(job.x.first), free(job.dy.first), free(job.y.first);
}

int main(void) {
  for (int32_t i = 0; i < tern_kernel_count(); i++) {
    const struct tern_kernel *row = tern_kernel_at(i);
    if (row->op == TERN_POOL && (row->isa & ~tern_cpu_isa()) == 0) {
      measure(i, 4, 56, 64, 2, 2, 0);
      measure(i, 4, 56, 64, 3, 2, 1);
      measure(i, 4, 14, 512, 14, 1, 0);
      measure(i, 64, 24, 32, 2, 2, 0);  // in cache, as training has them
      measure(i, 512, 24, 32, 2, 2, 0); // from memory
    }
  }
  return (int)(sink & 0);
}
