// lstm_training_lab.c -- a training step of an LSTM layer by libtern: its passes, and the products after them, on one
// thread
//   build:  cc -O2 -Inative/include bench/lab/lstm_training_lab.c -o build/lstm_training_lab -Lbuild/native/native
//             -ltern -Wl,-rpath,$PWD/build/native/native
//   run:    build/lstm_training_lab [GATES GRADIENT GEMM] [STEPS INPUTS HIDDEN]
//   The backward pass changes what it reads, so it is timed behind a forward pass, which is taken off.
#include "lab.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct job {
  int32_t gates, gradient, gemm;
  int64_t batch, width;
  struct tern_gemm forward, backward, by_weights, by_inputs, by_bias;
  struct tern_lstm_training training, gradients;
  struct tern_lstm_tape tape;
  struct tern_lstm_flow flow;
  float *weights, *bias, *packed, *packed_recurrent, *ones, *to;
  void *workspace;
};

static void pack(const struct job *job) {
  const int64_t n = job->forward.n, k = job->forward.k;
  tern_gemm_pack(job->gemm, n, k, job->weights, 1, k, job->packed, 0, tern_gemm_panels(job->gemm, n));
}

static void run_forward(const void *context) {
  const struct job *job = context;
  pack(job);
  tern_lstm_training_forward(job->gates, job->gemm, &job->training, job->packed, job->bias, &job->tape, 0, job->batch,
                             job->workspace);
}

static void run_both(const void *context) {
  const struct job *job = context;
  const int64_t n = job->backward.n;
  run_forward(job);
  tern_gemm_pack(job->gemm, n, job->backward.k, job->weights + job->training.inputs, job->forward.k, 1,
                 job->packed_recurrent, 0, tern_gemm_panels(job->gemm, n));
  tern_lstm_training_backward(job->gradient, job->gemm, &job->gradients, job->packed_recurrent, &job->flow, &job->tape,
                              0, job->batch, job->workspace);
}

// The product of the forward pass, of all steps, without its gates.
static void run_products(const void *context) {
  const struct job *job = context;
  for (int64_t step = 0; step < job->tape.steps; step++) {
    float *row = job->tape.first + step * job->tape.step_stride;
    tern_gemm_run(job->gemm, &job->forward, NULL, job->packed, job->batch, row, job->width, 1, NULL,
                  row + job->width - job->forward.n, job->width, 0,
                  tern_gemm_tiles(job->gemm, &job->forward, job->batch), job->workspace);
  }
}

static const float *dz(const struct job *job) {
  return job->tape.first + job->width - job->forward.n;
}

static void run_by_weights(const void *context) {
  const struct job *job = context;
  tern_gemm_run_unpacked(job->gemm, &job->by_weights, NULL, job->tape.first, job->width, 1, job->forward.n, dz(job), 1,
                         job->width, job->to, job->by_weights.n, 0,
                         tern_gemm_tiles(job->gemm, &job->by_weights, job->forward.n), job->workspace);
}

static void run_by_inputs(const void *context) {
  const struct job *job = context;
  const int64_t rows = job->tape.steps * job->batch;
  tern_gemm_run_unpacked(job->gemm, &job->by_inputs, NULL, job->weights, job->forward.k, 1, rows, dz(job), job->width,
                         1, job->to, job->by_inputs.n, 0, tern_gemm_tiles(job->gemm, &job->by_inputs, rows),
                         job->workspace);
}

static void run_by_bias(const void *context) {
  const struct job *job = context;
  tern_gemm_run_unpacked(job->gemm, &job->by_bias, NULL, dz(job), job->width, 1, 1, job->ones, job->by_bias.k, 1,
                         job->to, job->by_bias.n, 0, tern_gemm_tiles(job->gemm, &job->by_bias, 1), job->workspace);
}

static float *floats(int64_t count, float scale) {
  float *values = aligned_alloc(64, (size_t)(count * 4 + 127) / 64 * 64);
  for (int64_t i = 0; i < count; i++) {
    values[i] = scale * (float)(rand() % 2001 - 1000) / 1000;
  }
  return values;
}

static struct tern_gemm product(int64_t n, int64_t k) {
  struct tern_gemm gemm = {.n = n, .k = k, .a_type = TERN_F32, .y_type = TERN_F32};
  gemm.y_min = -__builtin_inff(), gemm.y_max = __builtin_inff();
  return gemm;
}

static int64_t max64(int64_t x, int64_t y) {
  return x > y ? x : y;
}

static int64_t workspace_bytes(const struct job *job, int64_t rows) {
  int64_t bytes = tern_lstm_training_workspace_bytes(job->gemm, &job->training, job->batch);
  bytes = max64(bytes, tern_lstm_training_workspace_bytes(job->gemm, &job->gradients, job->batch));
  bytes = max64(bytes, tern_gemm_unpacked_workspace_bytes(job->gemm, &job->by_weights, job->forward.n));
  bytes = max64(bytes, tern_gemm_unpacked_workspace_bytes(job->gemm, &job->by_bias, 1));
  return max64(bytes, tern_gemm_unpacked_workspace_bytes(job->gemm, &job->by_inputs, rows));
}

static struct job job_of(int32_t gates, int32_t gradient, int32_t gemm, int64_t steps, int64_t inputs, int64_t hidden,
                         int64_t batch) {
  const int64_t depth = inputs + hidden, rows = steps * batch;
  struct job job = {.gates = gates, .gradient = gradient, .gemm = gemm, .batch = batch, .width = depth + 5 * hidden};
  job.forward = product(4 * hidden, depth), job.backward = product(hidden, 4 * hidden);
  job.by_weights = product(depth, rows), job.by_inputs = product(inputs, 4 * hidden);
  job.by_bias = product(4 * hidden, rows);
  job.tape = (struct tern_lstm_tape){floats((steps + 1) * batch * job.width, 1), batch * job.width, job.width, steps};
  job.flow = (struct tern_lstm_flow){floats(rows * hidden, 1), batch * hidden, hidden};
  job.weights = floats(4 * hidden * depth, 0.1f), job.bias = floats(4 * hidden, 1);
  job.packed = floats(tern_gemm_packed_bytes(gemm, job.forward.n, job.forward.k) / 4, 0);
  job.packed_recurrent = floats(tern_gemm_packed_bytes(gemm, job.backward.n, job.backward.k) / 4, 0);
  job.ones = floats(rows, 1), job.to = floats(max64(4 * hidden * depth, rows * inputs), 0);
  return job;
}

static void measure(int32_t gates, int32_t gradient, int32_t gemm, int64_t steps, int64_t inputs, int64_t hidden,
                    int64_t batch) {
  struct job job = job_of(gates, gradient, gemm, steps, inputs, hidden, batch);
  job.training = (struct tern_lstm_training){inputs, hidden, &job.forward, 0};
  job.gradients = (struct tern_lstm_training){inputs, hidden, &job.backward, 0};
  job.workspace = aligned_alloc(64, (size_t)workspace_bytes(&job, steps * batch));
  const double forward = best_seconds(run_forward, &job), products = best_seconds(run_products, &job);
  const double both = best_seconds(run_both, &job);
  const double by_weights = best_seconds(run_by_weights, &job), by_inputs = best_seconds(run_by_inputs, &job);
  const double by_bias = best_seconds(run_by_bias, &job), all = both + by_weights + by_inputs + by_bias;
  const double cells = (double)(hidden * batch * steps);
  const double work = 8e-9 * cells * (double)(3 * (inputs + hidden));
  printf("%-24s %ldx%ldx%ld->%ld  forward %8.1f us (products %8.1f), backward %8.1f, by weights %8.1f, inputs %7.1f, "
         "bias %6.1f; all %8.1f us, %6.1f GFLOP/s\n",
         tern_kernel_at(gemm)->name, (long)steps, (long)batch, (long)inputs, (long)hidden, 1e6 * forward,
         1e6 * products, 1e6 * (both - forward), 1e6 * by_weights, 1e6 * by_inputs, 1e6 * by_bias, 1e6 * all,
         work / all);
}

static int32_t find(const char *name) {
  for (int32_t i = 0; i < tern_kernel_count(); i++) {
    if (strcmp(tern_kernel_at(i)->name, name) == 0) {
      return i;
    }
  }
  fprintf(stderr, "no kernel %s\n", name);
  exit(EXIT_FAILURE);
}

int main(int argc, char **argv) {
  static const char *kernels[][3] = {
      {"lstm_gates_f32_avx512", "lstm_gradient_f32_avx512", "gemm_f32f32f32_6x64_avx512"},
      {"lstm_gates_f32_avx2", "lstm_gradient_f32_avx2", "gemm_f32f32f32_6x16_avx2"}};
  const bool named = argc > 3 && !isdigit(argv[1][0]), sized = argc > 3 && isdigit(argv[argc - 1][0]);
  const int64_t steps = sized ? atol(argv[argc - 3]) : 28, inputs = sized ? atol(argv[argc - 2]) : 28;
  const int64_t hidden = sized ? atol(argv[argc - 1]) : 128;
  const int count = named ? 1 : (int)(sizeof kernels / sizeof kernels[0]);
  for (int i = 0; i < count; i++) {
    const char **names = named ? (const char **)argv + 1 : kernels[i];
    for (int64_t batch = 64; batch <= 256; batch *= 4) {
      measure(find(names[0]), find(names[1]), find(names[2]), steps, inputs, hidden, batch);
    }
  }
  return 0;
}
