// gemm_f32.h -- what the f32 kernels share: blocks of rows and of k
#ifndef TERN_GEMM_F32_H
#define TERN_GEMM_F32_H

#include "kernel.h"

enum {
  F32_MAX_ROWS = 12,
  F32_MAX_PANELS = 4,
  F32_PANEL = 16,
  F32_FAR = 1024 // floats between rows of B from which on each is in a page of its own
};

// Rows by panels for one body: y = clamp(a * b + bias (+ y)).
struct f32_tile {
  const float *a;
  int64_t a_row_stride, a_col_stride;
  const float *b;
  int64_t b_row_stride, b_panel_stride; // 16 and a whole panel where B is packed, else the row of B and 16
  float *b_copy;                        // NULL, or where to leave B, which is not packed, as if it were; of k rows
  int64_t k;                            // of a tap
  const int64_t *tap_offsets;           // floats from a; where B is packed and k side by side in A, k comes in taps
  int64_t taps;
  const float *bias; // or NULL
  float *y;
  int64_t y_row_stride;
  float y_min, y_max;
  bool add;          // to what y holds
  int64_t last_cols; // of the last panel, 1 to 16
};

typedef void f32_body(const struct f32_tile *tile);

// Rows by columns of a B whose columns lie b_panel_stride apart, each side by side along k like the rows of A. The
// whole k at once.
typedef void f32_dots(const struct f32_tile *tile, int64_t rows, int64_t cols);

struct f32_kernel {
  int32_t panels;                                 // of the widest tile
  int32_t rows[F32_MAX_PANELS];                   // of the highest body, by panels - 1
  f32_body *bodies[F32_MAX_PANELS][F32_MAX_ROWS]; // by panels - 1, rows - 1
  f32_dots *dots;                                 // or NULL
  pack_function *pack;
};

int64_t f32_workspace(const struct tern_gemm *gemm, int64_t m);
int64_t f32_unpacked_workspace(const struct tern_gemm *gemm, int64_t m);
struct conv2d_call;
int64_t f32_conv2d_workspace(const struct tern_conv2d *conv);
void f32_conv2d(const struct f32_kernel *kernel, const struct conv2d_call *call, struct rectangle part);
void f32_run(const struct f32_kernel *kernel, const struct gemm_call *call, struct rectangle part);

#endif
