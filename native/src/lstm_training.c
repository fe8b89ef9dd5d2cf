// lstm_training.c -- an LSTM layer forward with all that its gradient needs, and the gradient back through the steps
//   x and h of an entry of the tape lie side by side, so that one product of [W R] makes the sums of a step, and leaves
//   them where the gates will be. Backward, one product of R brings dL/dz of a step to the h before it. All else is
//   products over all steps at once, of what is on the tape then, and not done here.
#include "lstm.h"

#include <string.h>

// The parts of an entry's row.
static int64_t h_at(const struct tern_lstm_training *training) {
  return training->inputs;
}

static int64_t c_at(const struct tern_lstm_training *training) {
  return training->inputs + training->hidden;
}

static int64_t gates_at(const struct tern_lstm_training *training) {
  return training->inputs + 2 * training->hidden;
}

static float *row_of(const struct tern_lstm_tape *tape, int64_t entry, int64_t row) {
  return tape->first + entry * tape->step_stride + row * tape->row_stride;
}

// dL/dh by way of the next step, and dL/dc: in the workspace, or where the caller brings and gets them.
struct carried {
  float *dh, *dc;
  int64_t stride;
  void *gemm; // the rest of the workspace
};

static int64_t state_bytes(const struct tern_lstm_training *training, int64_t rows) {
  return round_up(rows * training->hidden * (int64_t)sizeof(float), TERN_ALIGNMENT);
}

int64_t tern_lstm_training_workspace_bytes(int32_t gemm, const struct tern_lstm_training *training, int64_t rows) {
  return 2 * state_bytes(training, rows) + tern_gemm_workspace_bytes(gemm, training->product, rows);
}

static struct carried carried_by(const struct tern_lstm_training *training, const struct tern_lstm_flow *flow,
                                 int64_t steps, int64_t row_begin, int64_t rows, void *workspace) {
  const int64_t bytes = state_bytes(training, rows);
  uint8_t *dh = workspace, *dc = dh + bytes;
  if (training->stateful) {
    float *first = flow->dy + steps * flow->step_stride + row_begin * flow->row_stride;
    return (struct carried){first, first + flow->step_stride, flow->row_stride, dc + bytes};
  }
  memset(dc, 0, (size_t)bytes);
  return (struct carried){(float *)dh, (float *)dc, training->hidden, dc + bytes};
}

static void multiply(int32_t gemm, const struct tern_gemm *product, const void *packed, int64_t rows, const float *a,
                     int64_t a_stride, float *y, int64_t y_stride, void *workspace) {
  tern_gemm_run(gemm, product, NULL, packed, rows, a, a_stride, 1, NULL, y, y_stride, 0,
                tern_gemm_tiles(gemm, product, rows), workspace);
}

static void clear_state(const struct tern_lstm_training *training, const struct tern_lstm_tape *tape, int64_t row_begin,
                        int64_t row_end) {
  for (int64_t row = row_begin; row < row_end; row++) {
    memset(row_of(tape, 0, row) + h_at(training), 0, (size_t)(2 * training->hidden) * sizeof(float));
  }
}

void tern_lstm_training_forward(int32_t gates, int32_t gemm, const struct tern_lstm_training *training,
                                const void *packed, const float *bias, const struct tern_lstm_tape *tape,
                                int64_t row_begin, int64_t row_end, void *workspace) {
  const int64_t rows = row_end - row_begin, stride = tape->row_stride;
  if (!training->stateful) {
    clear_state(training, tape, row_begin, row_end);
  }
  for (int64_t step = 0; step < tape->steps; step++) {
    float *now = row_of(tape, step, row_begin), *next = row_of(tape, step + 1, row_begin);
    float *z = now + gates_at(training);
    multiply(gemm, training->product, packed, rows, now, stride, z, stride, workspace);
    const struct lstm_cells cells = {.rows = rows,
                                     .hidden = training->hidden,
                                     .z = z,
                                     .keeps_gates = true,
                                     .bias = bias,
                                     .c = now + c_at(training),
                                     .next_c = next + c_at(training),
                                     .h = next + h_at(training),
                                     .z_stride = stride,
                                     .c_stride = stride,
                                     .h_stride = stride};
    TERN_KERNELS[gates].lstm(&cells);
  }
}

void tern_lstm_training_backward(int32_t gates, int32_t gemm, const struct tern_lstm_training *training,
                                 const void *packed, const struct tern_lstm_flow *flow,
                                 const struct tern_lstm_tape *tape, int64_t row_begin, int64_t row_end,
                                 void *workspace) {
  const int64_t rows = row_end - row_begin, stride = tape->row_stride;
  const struct carried carried = carried_by(training, flow, tape->steps, row_begin, rows, workspace);
  for (int64_t step = tape->steps - 1; step >= 0; step--) {
    float *now = row_of(tape, step, row_begin), *dz = now + gates_at(training);
    const bool last = step == tape->steps - 1;
    const struct lstm_gradient gradient = {.rows = rows,
                                           .hidden = training->hidden,
                                           .gates = dz,
                                           .c = now + c_at(training),
                                           .next_c = row_of(tape, step + 1, row_begin) + c_at(training),
                                           .dy = flow->dy + step * flow->step_stride + row_begin * flow->row_stride,
                                           .dh = last && !training->stateful ? NULL : carried.dh,
                                           .dc = carried.dc,
                                           .gates_stride = stride,
                                           .c_stride = stride,
                                           .dy_stride = flow->row_stride,
                                           .dh_stride = carried.stride,
                                           .dc_stride = carried.stride};
    TERN_KERNELS[gates].lstm_gradient(&gradient);
    if (step > 0 || training->stateful) {
      multiply(gemm, training->product, packed, rows, dz, stride, carried.dh, carried.stride, carried.gemm);
    }
  }
}
