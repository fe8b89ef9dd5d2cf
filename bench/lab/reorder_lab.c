// reorder_lab.c -- reorderings of libtern against the time that reading x takes, on one thread
//   build:  cc -O2 -Inative/include bench/lab/reorder_lab.c -o build/reorder_lab -Lbuild/native/native -ltern
//             -Wl,-rpath,$PWD/build/native/native
//   run:    build/reorder_lab
#include "lab.h"

#include <stdio.h>
#include <stdlib.h>

struct job {
  int32_t kernel;
  struct tern_reorder reorder;
  struct tern_images x, y;
  int64_t x_channel, y_channel, x_bytes;
};

static uint64_t sink;

static void run_reorder(const void *context) {
  const struct job *job = context;
  tern_reorder_run(job->kernel, &job->reorder, &job->x, job->x_channel, &job->y, job->y_channel, 0,
                   job->reorder.height);
}

static void read_x(const void *context) {
  const struct job *job = context;
  sink += tern_read(job->x.first, job->x_bytes);
}

static int64_t bytes_of(int32_t type, int64_t elements) {
  return type == TERN_F32 ? elements * 4 : type == TERN_B1 ? elements / 8 : elements;
}

static struct tern_images images_of(const struct tern_reorder *reorder, int32_t type, int32_t planes) {
  const int64_t positions = reorder->height * reorder->width, bytes = bytes_of(type, positions * reorder->channels);
  uint8_t *first = aligned_alloc(64, (size_t)(bytes + 63) / 64 * 64);
  for (int64_t i = 0; i < bytes / 4; i++) {
    ((float *)first)[i] = (float)(rand() % 2001 - 1000) / 1000;
  }
  const int64_t col = planes ? 1 : reorder->channels;
  return (struct tern_images){first, positions * reorder->channels, reorder->width * col, col};
}

static void measure(int32_t kernel, int64_t size, int64_t channels, const int32_t types[2], int32_t from_planes,
                    int32_t to_planes) {
  struct job job = {
      .kernel = kernel, .x_channel = from_planes ? size * size : 1, .y_channel = to_planes ? size * size : 1};
  job.reorder = (struct tern_reorder){.height = size,
                                      .width = size,
                                      .channels = channels,
                                      .from_type = types[0],
                                      .to_type = types[1],
                                      .from_planes = from_planes,
                                      .to_planes = to_planes,
                                      .scale = 0.01f};
  job.x = images_of(&job.reorder, types[0], from_planes), job.y = images_of(&job.reorder, types[1], to_planes);
  job.x_bytes = bytes_of(types[0], size * size * channels);
  const double reading = best_seconds(read_x, &job), seconds = best_seconds(run_reorder, &job);
  printf("%-26s %ld^2x%ld type %d to %d planes %d to %d %7.2f us %6.1f GB/s of x; reading x %6.2f us: %3.0f %%\n",
         tern_kernel_at(kernel)->name, (long)size, (long)channels, types[0], types[1], from_planes, to_planes,
         1e6 * seconds, 1e-9 * (double)job.x_bytes / seconds, 1e6 * reading, 100 * reading / seconds);
  free(job.x.first), free(job.y.first);
}

int main(void) {
  const int32_t signs[] = {TERN_F32, TERN_B1}, floats[] = {TERN_F32, TERN_F32}, bytes[] = {TERN_F32, TERN_U8},
                copies[] = {TERN_U8, TERN_U8};
  for (int32_t i = 0; i < tern_kernel_count(); i++) {
    const struct tern_kernel *row = tern_kernel_at(i);
    if (row->op == TERN_REORDER && (row->isa & ~tern_cpu_isa()) == 0) {
      measure(i, 14, 256, signs, 0, 0);
      measure(i, 14, 256, signs, 1, 0);
      measure(i, 14, 256, bytes, 0, 0);
      measure(i, 14, 256, floats, 1, 0);
      measure(i, 56, 64, floats, 1, 0);
      measure(i, 56, 64, floats, 0, 1);
      measure(i, 56, 64, copies, 1, 0);
    }
  }
  return (int)(sink & 0);
}
