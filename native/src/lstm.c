// lstm.c -- an LSTM layer: one product for the inputs of many steps, one for h of each step, then the gates
//   The steps whose inputs are multiplied at once are as many as leave their sums in L2, where the step that adds the
//   product of h finds them.
#include "lstm.h"

#include <math.h>
#include <string.h>

enum { Z_BYTES = 512 << 10, Z_GAP = 16 }; // rows of z are not a power of two apart

struct lstm_call {
  int32_t gates, gemm;
  const struct tern_lstm *lstm;
  const void *packed_input, *packed_recurrent;
  const struct tern_lstm_tensors *tensors;
  int64_t row_begin, rows;
};

// The parts of a workspace.
struct scratch {
  float *z, *c;
  int8_t *quantized;
  void *gemm;
};

static int64_t z_stride(const struct tern_lstm *lstm) {
  return 4 * lstm->hidden + Z_GAP;
}

static int64_t steps_at_once(const struct tern_lstm *lstm, int64_t steps, int64_t rows) {
  const int64_t step_bytes = rows * z_stride(lstm) * (int64_t)sizeof(float);
  return max64(1, min64(steps, Z_BYTES / max64(1, step_bytes)));
}

static int64_t z_bytes(const struct tern_lstm *lstm, int64_t steps, int64_t rows) {
  const int64_t bytes = steps_at_once(lstm, steps, rows) * rows * z_stride(lstm) * (int64_t)sizeof(float);
  return round_up(bytes, TERN_ALIGNMENT);
}

static int64_t c_bytes(const struct tern_lstm *lstm, int64_t rows) {
  return round_up(rows * lstm->hidden * (int64_t)sizeof(float), TERN_ALIGNMENT);
}

static int64_t quantized_bytes(const struct tern_lstm *lstm, int64_t rows) {
  return round_up(rows * lstm->hidden, TERN_ALIGNMENT);
}

static bool is_quantized(const struct tern_lstm *lstm) {
  return lstm->recurrent->a_type != TERN_F32;
}

int64_t tern_lstm_workspace_bytes(int32_t gemm, const struct tern_lstm *lstm, int64_t steps, int64_t rows) {
  const int64_t input = tern_gemm_workspace_bytes(gemm, lstm->input, steps_at_once(lstm, steps, rows) * rows);
  const int64_t recurrent = tern_gemm_workspace_bytes(gemm, lstm->recurrent, rows);
  return z_bytes(lstm, steps, rows) + c_bytes(lstm, rows) + quantized_bytes(lstm, rows) + max64(input, recurrent);
}

static struct scratch scratch_of(const struct lstm_call *call, void *workspace) {
  uint8_t *z = workspace;
  uint8_t *c = z + z_bytes(call->lstm, call->tensors->steps, call->rows);
  uint8_t *quantized = c + c_bytes(call->lstm, call->rows);
  return (struct scratch){(float *)z, (float *)c, (int8_t *)quantized,
                          quantized + quantized_bytes(call->lstm, call->rows)};
}

static void multiply(const struct lstm_call *call, const struct tern_gemm *product, const void *packed, int64_t m,
                     const void *a, int64_t a_stride, float *z, const struct scratch *scratch) {
  tern_gemm_run(call->gemm, product, NULL, packed, m, a, a_stride, 1, NULL, z, z_stride(call->lstm), 0,
                tern_gemm_tiles(call->gemm, product, m), scratch->gemm);
}

// z of `count` steps from the inputs: in one product where the rows of one step follow those of the step before.
static void multiply_inputs(const struct lstm_call *call, int64_t step, int64_t count, const struct scratch *scratch) {
  const struct tern_lstm_tensors *tensors = call->tensors;
  const struct tern_gemm *input = call->lstm->input;
  const int64_t size = input->a_type == TERN_F32 ? sizeof(float) : 1;
  const bool together = call->rows == tensors->batch && tensors->x_step_stride == call->rows * tensors->x_row_stride;
  const int64_t products = together ? 1 : count, m = together ? count * call->rows : call->rows;
  for (int64_t i = 0; i < products; i++) {
    const int64_t at = (step + i) * tensors->x_step_stride + call->row_begin * tensors->x_row_stride;
    multiply(call, input, call->packed_input, m, (const uint8_t *)tensors->x + at * size, tensors->x_row_stride,
             scratch->z + i * call->rows * z_stride(call->lstm), scratch);
  }
}

// The state before the first step as s8, within the range that h has later.
static void quantize_state(const struct lstm_call *call, const struct scratch *scratch) {
  const int64_t hidden = call->lstm->hidden, stride = call->tensors->state_row_stride;
  for (int64_t row = 0; row < call->rows; row++) {
    const float *h = call->tensors->h + (call->row_begin + row) * stride;
    for (int64_t i = 0; i < hidden; i++) {
      const float q = rintf(h[i] * LSTM_H_STEPS);
      const float above = q > -LSTM_H_STEPS ? q : -LSTM_H_STEPS;
      scratch->quantized[row * hidden + i] = (int8_t)(above < LSTM_H_STEPS ? above : LSTM_H_STEPS);
    }
  }
}

// Adds the product of h as it was before a step.
static void multiply_recurrent(const struct lstm_call *call, int64_t step, float *z, const struct scratch *scratch) {
  const struct tern_lstm_tensors *tensors = call->tensors;
  const struct tern_lstm *lstm = call->lstm;
  if (step == 0 && tensors->h == NULL) {
    return;
  }
  if (is_quantized(lstm)) {
    multiply(call, lstm->recurrent, call->packed_recurrent, call->rows, scratch->quantized, lstm->hidden, z, scratch);
  } else if (step == 0) {
    multiply(call, lstm->recurrent, call->packed_recurrent, call->rows,
             tensors->h + call->row_begin * tensors->state_row_stride, tensors->state_row_stride, z, scratch);
  } else {
    const float *h = tensors->y + (step - 1) * tensors->y_step_stride + call->row_begin * tensors->y_row_stride;
    multiply(call, lstm->recurrent, call->packed_recurrent, call->rows, h, tensors->y_row_stride, z, scratch);
  }
}

static void run_gates(const struct lstm_call *call, int64_t step, float *z, const struct scratch *scratch) {
  const struct tern_lstm_tensors *tensors = call->tensors;
  const int64_t hidden = call->lstm->hidden;
  const bool kept = tensors->c != NULL;
  float *c = kept ? tensors->c + call->row_begin * tensors->state_row_stride : scratch->c;
  const struct lstm_cells cells = {.rows = call->rows,
                                   .hidden = hidden,
                                   .z = z,
                                   .bias = call->lstm->bias,
                                   .c = c,
                                   .next_c = c,
                                   .h = tensors->y + step * tensors->y_step_stride +
                                        call->row_begin * tensors->y_row_stride,
                                   .quantized = is_quantized(call->lstm) ? scratch->quantized : NULL,
                                   .z_stride = z_stride(call->lstm),
                                   .c_stride = kept ? tensors->state_row_stride : hidden,
                                   .h_stride = tensors->y_row_stride,
                                   .quantized_stride = hidden};
  TERN_KERNELS[call->gates].lstm(&cells);
}

static void begin_state(const struct lstm_call *call, const struct scratch *scratch) {
  if (call->tensors->h == NULL) {
    memset(scratch->c, 0, (size_t)(call->rows * call->lstm->hidden) * sizeof(float));
  } else if (is_quantized(call->lstm)) {
    quantize_state(call, scratch);
  }
}

static void keep_state(const struct lstm_call *call) {
  const struct tern_lstm_tensors *tensors = call->tensors;
  for (int64_t row = call->row_begin; tensors->h != NULL && row < call->row_begin + call->rows; row++) {
    const float *last = tensors->y + (tensors->steps - 1) * tensors->y_step_stride + row * tensors->y_row_stride;
    memcpy(tensors->h + row * tensors->state_row_stride, last, (size_t)call->lstm->hidden * sizeof(float));
  }
}

void tern_lstm_run(int32_t gates, int32_t gemm, const struct tern_lstm *lstm, const void *packed_input,
                   const void *packed_recurrent, const struct tern_lstm_tensors *tensors, int64_t row_begin,
                   int64_t row_end, void *workspace) {
  const int64_t rows = row_end - row_begin;
  const struct lstm_call call = {gates, gemm, lstm, packed_input, packed_recurrent, tensors, row_begin, rows};
  if (rows == 0 || tensors->steps == 0) {
    return;
  }
  const struct scratch scratch = scratch_of(&call, workspace);
  const int64_t at_once = steps_at_once(lstm, tensors->steps, rows);
  begin_state(&call, &scratch);
  for (int64_t step = 0; step < tensors->steps; step++) {
    if (step % at_once == 0) {
      multiply_inputs(&call, step, min64(at_once, tensors->steps - step), &scratch);
    }
    float *z = scratch.z + step % at_once * rows * z_stride(lstm);
    multiply_recurrent(&call, step, z, &scratch);
    run_gates(&call, step, z, &scratch);
  }
  keep_state(&call);
}

void tern_activation_run(int32_t kernel, const float *from, float *to, int64_t count) {
  TERN_KERNELS[kernel].activation(from, to, count);
}
