// lstm_lab.c -- an LSTM layer of libtern, its products and its gates by themselves, on one thread
//   build:  cc -O2 -Inative/include bench/lab/lstm_lab.c -o build/lstm_lab -Lbuild/native/native -ltern
//             -Wl,-rpath,$PWD/build/native/native
//   run:    build/lstm_lab [GATES GEMM] [STEPS INPUTS HIDDEN]
#include "lab.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct job {
  int32_t gates, gemm, activation;
  struct tern_gemm input, recurrent;
  struct tern_lstm lstm;
  struct tern_lstm_tensors tensors;
  void *packed_input, *packed_recurrent, *workspace;
  float *z, *cells;
};

static void run_layer(const void *context) {
  const struct job *job = context;
  tern_lstm_run(job->gates, job->gemm, &job->lstm, job->packed_input, job->packed_recurrent, &job->tensors, 0,
                job->tensors.batch, job->workspace);
}

// The two products of all steps alone.
static void run_products(const void *context) {
  const struct job *job = context;
  const int64_t batch = job->tensors.batch, steps = job->tensors.steps, n = job->input.n;
  tern_gemm_run(job->gemm, &job->input, NULL, job->packed_input, batch, job->tensors.x, job->input.k, 1, NULL, job->z,
                n, 0, tern_gemm_tiles(job->gemm, &job->input, batch), job->workspace);
  for (int64_t step = 0; step < steps; step++) {
    tern_gemm_run(job->gemm, &job->recurrent, NULL, job->packed_recurrent, batch, job->cells, job->recurrent.k, 1, NULL,
                  job->z, n, 0, tern_gemm_tiles(job->gemm, &job->recurrent, batch), job->workspace);
  }
}

// As many sigmoids or tanhs as there are in a step.
static void run_activations(const void *context) {
  const struct job *job = context;
  tern_activation_run(job->activation, job->z, job->cells, 5 * job->tensors.batch * job->lstm.hidden);
}

static float *floats(int64_t count, float scale) {
  float *values = aligned_alloc(64, (size_t)(count * 4 + 127) / 64 * 64);
  for (int64_t i = 0; i < count; i++) {
    values[i] = scale * (float)(rand() % 2001 - 1000) / 1000;
  }
  return values;
}

static void *pack(const struct job *job, struct tern_gemm *gemm) {
  void *weights = floats(gemm->n * gemm->k, 0.1f);
  void *packed = aligned_alloc(64, (size_t)tern_gemm_packed_bytes(job->gemm, gemm->n, gemm->k));
  tern_gemm_pack(job->gemm, gemm->n, gemm->k, weights, 1, gemm->k, packed, 0, tern_gemm_panels(job->gemm, gemm->n));
  if (gemm->a_type != TERN_F32) {
    int32_t *seeds = (int32_t *)floats(gemm->n, 0);
    tern_gemm_seeds(job->gemm, gemm, packed, seeds);
    gemm->seeds = seeds;
  }
  free(weights);
  return packed;
}

static struct tern_gemm product(int64_t n, int64_t k, int32_t a_type, int32_t beta) {
  struct tern_gemm gemm = {.n = n, .k = k, .a_type = a_type, .y_type = TERN_F32, .beta = beta};
  gemm.y_min = -__builtin_inff(), gemm.y_max = __builtin_inff();
  gemm.multipliers = floats(n, 1e-4f);
  return gemm;
}

static void measure(int32_t gates, int32_t gemm, int32_t activation, int64_t steps, int64_t inputs, int64_t hidden,
                    int64_t batch) {
  const bool integer = tern_kernel_at(gemm)->acc_type == TERN_S32;
  struct job job = {.gates = gates, .gemm = gemm, .activation = activation};
  job.input = product(4 * hidden, inputs, integer ? TERN_U8 : TERN_F32, 0);
  job.recurrent = product(4 * hidden, hidden, integer ? TERN_S8 : TERN_F32, 1);
  job.lstm = (struct tern_lstm){hidden, &job.input, &job.recurrent, floats(4 * hidden, 1)};
  job.tensors = (struct tern_lstm_tensors){.x = floats(steps * batch * inputs, 1),
                                           .x_step_stride = batch * inputs,
                                           .x_row_stride = inputs,
                                           .y = floats(steps * batch * hidden, 1),
                                           .y_step_stride = batch * hidden,
                                           .y_row_stride = hidden,
                                           .steps = steps,
                                           .batch = batch};
  job.packed_input = pack(&job, &job.input), job.packed_recurrent = pack(&job, &job.recurrent);
  job.workspace = aligned_alloc(64, (size_t)tern_lstm_workspace_bytes(gemm, &job.lstm, steps, batch));
  job.z = floats(5 * hidden * batch, 1), job.cells = floats(5 * hidden * batch, 1);
  const double layer = best_seconds(run_layer, &job);
  const double products = best_seconds(run_products, &job);
  const double activations = best_seconds(run_activations, &job) * (double)steps;
  const double work = 2e-9 * (double)(4 * hidden * (inputs + hidden) * batch * steps);
  printf("%-22s %-28s %ldx%ldx%ld->%ld %9.1f us %7.1f Gop/s; R h alone %9.1f us, activations %8.1f us\n",
         tern_kernel_at(gates)->name, tern_kernel_at(gemm)->name, (long)steps, (long)batch, (long)inputs, (long)hidden,
         1e6 * layer, work / layer, 1e6 * products, 1e6 * activations);
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
  static const char *pairs[][2] = {{"lstm_gates_f32_avx512", "gemm_f32f32f32_6x64_avx512"},
                                   {"lstm_gates_f32_avx512", "gemm_u8s8s32_6x64_avx512vnni"},
                                   {"lstm_gates_f32_avx512", "gemm_u8s8s32_32x32_amxint8"},
                                   {"lstm_gates_f32_avx2", "gemm_f32f32f32_6x16_avx2"},
                                   {"lstm_gates_f32_scalar", "gemm_f32f32f32_6x64_avx512"}};
  const int64_t steps = argc > 3 ? atol(argv[argc - 3]) : 28, inputs = argc > 3 ? atol(argv[argc - 2]) : 28,
                hidden = argc > 3 ? atol(argv[argc - 1]) : 128;
  const int count = argc == 3 || argc == 6 ? 1 : (int)(sizeof pairs / sizeof pairs[0]);
  for (int i = 0; i < count; i++) {
    const char *gates = count == 1 ? argv[1] : pairs[i][0], *gemm = count == 1 ? argv[2] : pairs[i][1];
    if ((tern_kernel_at(find(gates))->isa | tern_kernel_at(find(gemm))->isa) & ~tern_cpu_isa()) {
      printf("%s with %s: this CPU lacks it\n", gates, gemm);
      continue;
    }
    char tanh[64];
    snprintf(tanh, sizeof tanh, "activation_tanh_f32%s", strrchr(gates, '_'));
    for (int64_t batch = 1; batch <= 256; batch *= batch == 1 ? 64 : 4) {
      measure(find(gates), find(gemm), find(tanh), steps, inputs, hidden, batch);
    }
  }
  return 0;
}
