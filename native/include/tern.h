// tern.h -- the C interface of libtern
//
// Kernels are pure functions on memory: nothing here allocates, starts a thread or keeps state. The caller owns memory
// and threads; it asks for sizes, hands in buffers, and splits work by ranges (of panels when it packs, of tiles when
// it runs). Any two calls whose ranges are disjoint may run at the same time.
//
// Strides count elements, of B1 bits, eight to a byte, the lowest bit first. Nothing is read or written outside the
// rows and columns that a call describes; only packed weights and workspaces are padded, and their sizes are asked for.
// Both start at a multiple of TERN_ALIGNMENT. Arguments are checked by the caller: a kernel must be one that
// tern_cpu_isa() covers, sizes are >= 0.
#ifndef TERN_H
#define TERN_H

#include <stdint.h>

#define TERN_API __attribute__((visibility("default")))

enum {
  TERN_ABI_VERSION = 1,
  TERN_ALIGNMENT = 64 // bytes, of packed weights and workspaces
};

// Element types; f32 and s32 are four bytes, bf16 the upper two of an f32, s8 and u8 one.
enum tern_type {
  TERN_F32 = 0,
  TERN_BF16 = 1,
  TERN_S32 = 2,
  TERN_S8 = 3,
  TERN_U8 = 4,
  TERN_S4 = 5,
  TERN_S2 = 6,
  TERN_B1 = 7
};

enum tern_op {
  TERN_GEMM = 0,
  TERN_POOL = 1,
  TERN_SPMM = 2, // a GEMM whose B is sparse
  TERN_LSTM = 3, // the gates of an LSTM, without its products
  TERN_ACTIVATION = 4,
  TERN_DEPTHWISE = 5, // a convolution with a filter for each channel
  TERN_REORDER = 6,
  TERN_LSTM_GRADIENT = 7 // through the gates of an LSTM, without its products
};

// Instruction sets, as bits. A bit stands for everything its kernels use, granted by the CPU and by the OS.
enum tern_isa {
  TERN_ISA_SCALAR = 1 << 0,
  TERN_ISA_AVX2 = 1 << 1,   // AVX2, FMA, F16C
  TERN_ISA_AVX512 = 1 << 2, // F, BW, DQ, VL
  TERN_ISA_AVX512VNNI = 1 << 3,
  TERN_ISA_AVX512BF16 = 1 << 4,
  TERN_ISA_AVX512VPOPCNTDQ = 1 << 5,
  TERN_ISA_AVX512VBMI = 1 << 6,
  TERN_ISA_AMXINT8 = 1 << 7, // AMX-TILE and AMX-INT8, with AVX512_VBMI
  TERN_ISA_NEON = 1 << 8,
  TERN_ISA_DOTPROD = 1 << 9,
  TERN_ISA_I8MM = 1 << 10
};

// One row of the kernel table.
struct tern_kernel {
  const char *name; // the stem: <op>_<a><b><c>_<mr>x<nr>_<isa>
  int32_t op;       // enum tern_op
  int32_t a_type;   // what it reads without converting; one of S8 or U8 takes both
  int32_t b_type;   // the type of a where it has one operand
  int32_t acc_type;
  uint64_t isa;       // every bit that it needs
  int32_t mr, nr;     // rows and columns of its largest register tile
  const char *layout; // of packed weights: kernels with the same layout share them; empty without weights
  const char *source; // the file below native/
  const char *test;   // the test program
};

// What a GEMM computes, except for M. Immutable while calls use it, shared by any number of threads.
//   f32:  y = clamp(sum_k a*b + bias) (+ y)
//   bf16: the same, products exact and summed in f32; operands and sums below 2^-126 may count as 0
//   int:  acc = sum_k (a - a_zero_point) * (b - b_zero_points[n]) + bias[n]   (mod 2^32)
//   b1:   acc = sum_k a*b + bias[n] = k - 2 * popcount(a ^ b) + bias[n]       (a and b -1 or 1, as bits 0 or 1)
//         y s32 = acc (+ y)
//         y f32 = clamp((float) acc * multipliers[n] [* a_scales[m]]) (+ y)
//         y s8, u8 = clamp(rint((float) acc * multipliers[n]) + y_zero_point)
// With b_scales, y f32, bias f32, the scale and zero point of column n for group g at [n / 16][g][n % 16]:
//   f32 a: y = clamp(sum_k a*w + bias) (+ y),  w = (b - b_zero_points) * b_scales
//   int a: y = clamp(r * a_scale + bias[n]) (+ y),  r = 0, then for each group in order r + (float) acc * b_scales,
//   where
//          acc = sum over the group's k of (a - a_zero_point) * (b - b_zero_points);  nothing is fused
struct tern_gemm {
  int64_t n, k;
  int32_t a_type; // F32, or BF16, or S8 or U8, or B1; that of b is the kernel's
  int32_t y_type; // F32, or S32, S8, U8 for an integer kernel
  int32_t a_zero_point;
  int32_t y_zero_point;
  const int32_t *b_zero_points; // [n], or NULL for zeros
  const void *bias;             // [n] f32 for f32 and bf16, s32 for integer kernels; or NULL for zeros
  const float *multipliers;     // [n]; not read for f32 and bf16 kernels and for y s32
  const int32_t *seeds;         // [n], or as b_scales, from tern_gemm_seeds; integer kernels only
  float y_min, y_max;           // the clamp; for y s8 and u8 within the type's range; not read for y s32
  int32_t beta;                 // 1 adds to y (f32 and s32), 0 never reads it
  float a_scale;                // with b_scales and integers
  const float *b_scales;        // [n / 16][groups][16], n rounded up, or NULL; always with f32 a and integer weights
  int64_t group;                // terms of a group: 32, 64, 128, or at least k; read with b_scales
};

// One bare instruction loop, for the peak that a kernel is measured against.
struct tern_peak {
  const char *name; // instruction and width, such as vpdpbusd_zmm
  uint64_t isa;
  int64_t ops; // operations per iteration: a multiplication and an addition count as two; xor, popcount and add of a
               // bit as two
};

TERN_API uint32_t tern_abi_version(void);

// Compiler, version and target, for people.
TERN_API const char *tern_build_info(void);

// The instruction sets that the CPU has and the OS lets this process use. The first call asks Linux for AMX tiles.
TERN_API uint64_t tern_cpu_isa(void);

// The kernel table; a kernel is its index from here on.
TERN_API int32_t tern_kernel_count(void);
TERN_API const struct tern_kernel *tern_kernel_at(int32_t kernel);

// Packing. B is [k, n]; one of its strides is 1, of a B1 the row stride, and its columns begin on whole bytes. Panels
// are groups of columns; the range [panel_begin, panel_end) is packed with all that belongs to it, so that workers
// share the job.
TERN_API int64_t tern_gemm_packed_bytes(int32_t kernel, int64_t n, int64_t k);
TERN_API int64_t tern_gemm_panels(int32_t kernel, int64_t n);
TERN_API void tern_gemm_pack(int32_t kernel, int64_t n, int64_t k, const void *b, int64_t b_row_stride,
                             int64_t b_col_stride, void *packed, int64_t panel_begin, int64_t panel_end);

// Packing for a kernel of TERN_SPMM: of the weights [n, k], whose columns are side by side, only words that are not
// zero are kept, a word being four s8 that are neighbours from a multiple of four on, or one f32. So the size depends
// on the weights. What is packed runs like any GEMM, with a_col_stride 1 and without zero points of B.
TERN_API int64_t tern_spmm_packed_bytes(int32_t kernel, int64_t n, int64_t k, const void *weights, int64_t row_stride);
TERN_API void tern_spmm_pack(int32_t kernel, int64_t n, int64_t k, const void *weights, int64_t row_stride,
                             void *packed);

// What the accumulators of an integer kernel start from: bias and zero points folded with the column sums of the
// packed weights, in the kernel's own domain. Once per plan; writes seeds[0..n). gemm->seeds is not read.
TERN_API void tern_gemm_seeds(int32_t kernel, const struct tern_gemm *gemm, const void *packed, int32_t *seeds);

// A batch is several products of one description and of equal sizes. How far its matrices lie apart: elements, but
// bytes of packed weights; 0 where all products read the same one. Where b_stride is not 0, seeds follow each other
// too.
struct tern_batch {
  int64_t a_stride, b_stride, y_stride;
};

// Running. The tiles [0, tern_gemm_tiles) cover y; contiguous ranges of equal length are balanced work and touch
// compact parts of y. Every range runs with a workspace of its own. Those of a batch are counted through all its y.
TERN_API int64_t tern_gemm_tiles(int32_t kernel, const struct tern_gemm *gemm, int64_t m);
TERN_API int64_t tern_gemm_workspace_bytes(int32_t kernel, const struct tern_gemm *gemm, int64_t m);

// A is [m, k] with a_col_stride 1, rows of B1 on whole bytes; or, f32 only, any a_col_stride with a_row_stride 1 (A
// transposed). Y is [m, n] with columns side by side. They are the first of a batch, which is NULL for a single
// product. `a_scales` are those of the m rows of A, or NULL: without a batch, groups or sparse weights, of integers to
// y f32.
TERN_API void tern_gemm_run(int32_t kernel, const struct tern_gemm *gemm, const struct tern_batch *batch,
                            const void *packed, int64_t m, const void *a, int64_t a_row_stride, int64_t a_col_stride,
                            const float *a_scales, void *y, int64_t y_row_stride, int64_t tile_begin, int64_t tile_end,
                            void *workspace);

// Running an f32 kernel on B as it is, [k, n] with one stride 1, where packing it first would not pay: once or twice
// used, as in training. Tiles are counted as above; the workspace has a size of its own.
TERN_API int64_t tern_gemm_unpacked_workspace_bytes(int32_t kernel, const struct tern_gemm *gemm, int64_t m);
TERN_API void tern_gemm_run_unpacked(int32_t kernel, const struct tern_gemm *gemm, const struct tern_batch *batch,
                                     const void *b, int64_t b_row_stride, int64_t b_col_stride, int64_t m,
                                     const void *a, int64_t a_row_stride, int64_t a_col_stride, void *y,
                                     int64_t y_row_stride, int64_t tile_begin, int64_t tile_end, void *workspace);

// Convolution by a GEMM kernel. Each position of y is the product of the filters and a patch of x, the terms
//   (kh, kw, c):  x[oh * stride_height - top + kh * dilation_height][ow * stride_width - left + kw * dilation_width][c]
// Outside the image, x is its zero point, and of signs neither -1 nor 1. Channels and filters are cut into groups.
struct tern_conv2d {
  int64_t height, width, channels; // of an image of x
  int64_t out_height, out_width;
  int64_t kernel_height, kernel_width, stride_height, stride_width, dilation_height, dilation_width;
  int64_t top, left;                                // padding before the image; negative where it begins further inside
  int64_t first_row, first_col, row_step, col_step; // the positions of y that the outputs are: 0, 0, 1, 1 for all
  int64_t groups;
  const struct tern_gemm *product; // of one position: n filters, k terms of a group; the channels of signs fill bytes
};

// Weights are [filters, k], of signs with zeros between the channels of one (kh, kw) and the next. Packed, the groups
// follow each other; panels are counted through all of them.
TERN_API int64_t tern_conv2d_packed_bytes(int32_t kernel, const struct tern_conv2d *conv);
TERN_API int64_t tern_conv2d_panels(int32_t kernel, const struct tern_conv2d *conv);
TERN_API void tern_conv2d_pack(int32_t kernel, const struct tern_conv2d *conv, const void *weights, void *packed,
                               int64_t panel_begin, int64_t panel_end);

// The weights of the convolution that a gradient by x is, f32. Of the forward weights [k of one group, kernel_height,
// kernel_width, n of one group], for each group, it sees the taps (last_h - i * step_h, last_w - j * step_w).
TERN_API void tern_conv2d_pack_gradient(int32_t kernel, const struct tern_conv2d *conv, const float *weights,
                                        int64_t kernel_height, int64_t kernel_width, int64_t last_h, int64_t step_h,
                                        int64_t last_w, int64_t step_w, void *packed, int64_t panel_begin,
                                        int64_t panel_end);

// Seeds as of a GEMM, in rows of n: those of positions that see all taps; of signs, then for each region of y that sees
// the same part of the padding what is added to them.
TERN_API int64_t tern_conv2d_seed_rows(const struct tern_conv2d *conv);
TERN_API void tern_conv2d_seeds(int32_t kernel, const struct tern_conv2d *conv, const void *weights, const void *packed,
                                int32_t *seeds);

// Running on images with any strides, but channels side by side. Tiles and workspaces as for GEMM. `a_scales`, [images,
// out_height, out_width], or NULL, scale the sums of each position; of signs only, to y f32.
TERN_API int64_t tern_conv2d_tiles(int32_t kernel, const struct tern_conv2d *conv, int64_t images);
TERN_API int64_t tern_conv2d_workspace_bytes(int32_t kernel, const struct tern_conv2d *conv);
TERN_API void tern_conv2d_run(int32_t kernel, const struct tern_conv2d *conv, const void *packed, int64_t images,
                              const void *x, int64_t x_image_stride, int64_t x_row_stride, int64_t x_col_stride,
                              const float *a_scales, void *y, int64_t y_image_stride, int64_t y_row_stride,
                              int64_t y_col_stride, int64_t tile_begin, int64_t tile_end, void *workspace);

// The gradient by the weights, f32: dw[filters, k] = (dw +) sum over all positions of dy * patch, by an f32 kernel. The
// product's beta adds to dw, its epilogue is not read.
TERN_API int64_t tern_conv2d_weights_tiles(const struct tern_conv2d *conv);
TERN_API int64_t tern_conv2d_weights_workspace_bytes(const struct tern_conv2d *conv);
TERN_API void tern_conv2d_weights_run(int32_t kernel, const struct tern_conv2d *conv, int64_t images, const float *x,
                                      int64_t x_image_stride, int64_t x_row_stride, int64_t x_col_stride,
                                      const float *dy, int64_t dy_image_stride, int64_t dy_row_stride,
                                      int64_t dy_col_stride, float *dw, int64_t tile_begin, int64_t tile_end,
                                      void *workspace);

// What a pooling computes, except for the number of images; the kernel says whether it is a maximum or an average, and
// whether forward or the gradient. Images are [height][width][channels], channels side by side.
//   y[oh][ow][c] = max or sum / count of x[oh * stride_height - top + kh * dilation_height][likewise][c]
// over the taps (kh, kw) that lie inside the image, of which every window has one.
//   max:           m = x unless x <= m or m is NaN, in the order of (kh, kw)
//   average f32:   the sum from 0 in f32, in that order, over count
//   average u8,s8: zero_point + rint(sum of (x - zero_point) / count); kernel_height * kernel_width < 2^16
//   gradient:      dx = from 0, for each y in order: + dy where x won, or + dy * (1 / count) at every tap
struct tern_pool {
  int64_t height, width, channels; // of x
  int64_t out_height, out_width;
  int64_t kernel_height, kernel_width, stride_height, stride_width, dilation_height, dilation_width;
  int64_t top, left;      // padding before the image
  int32_t type;           // F32, or S8 or U8
  int32_t zero_point;     // of x and y alike, for averages of S8 and U8
  int32_t counts_padding; // 1: count is that of all taps, 0: of those inside
};

// Images in memory; strides in elements.
struct tern_images {
  void *first;
  int64_t image_stride, row_stride, col_stride;
};

// Runs rows [row_begin, row_end) of y, counted through all images. Forward reads x and writes y, dy is not read. The
// gradient of a maximum reads x and dy, that of an average dy, and y is dx.
TERN_API void tern_pool_run(int32_t kernel, const struct tern_pool *pool, const struct tern_images *x,
                            const struct tern_images *dy, const struct tern_images *y, int64_t row_begin,
                            int64_t row_end);

// Images in another order of their dimensions, or in another type: y[i][h][w][c] = x[i][h][w][c] of one type, else
//   f32 to u8, s8:  clamp(rint(x / scale) + zero_point), the quotient rounded to f32, a NaN as 0
//   u8, s8 to f32:  scale * (x - zero_point)
//   f32 to b1:      1 where x >= 0, else -1
struct tern_reorder {
  int64_t height, width, channels;
  int32_t from_type, to_type;
  int32_t from_planes, to_planes; // 1 where positions are side by side, [channels][height][width]; 0 where channels are
  float scale;
  int32_t zero_point;
};

// Runs rows [row_begin, row_end), counted through all images. Of planes the col_stride is 1, else the channel stride.
TERN_API void tern_reorder_run(int32_t kernel, const struct tern_reorder *reorder, const struct tern_images *x,
                               int64_t x_channel_stride, const struct tern_images *y, int64_t y_channel_stride,
                               int64_t row_begin, int64_t row_end);

// An LSTM layer over all steps, by a GEMM kernel for the products and a kernel of op TERN_LSTM for the gates
//   z = W x[t] + R h[t-1] + bias             in four parts of `hidden`, in the order i, f, g, o
//   c[t] = sigmoid(z_f) * c[t-1] + sigmoid(z_i) * tanh(z_g);   h[t] = sigmoid(z_o) * tanh(c[t])
// Integer products take h as s8, q = rint(127 h).
struct tern_lstm {
  int64_t hidden;
  const struct tern_gemm *input; // W: n = 4 * hidden, y f32, beta 0
  const struct tern_gemm
      *recurrent;    // R: n = 4 * hidden, k = hidden, y f32, beta 1; a s8 where it is an integer product
  const float *bias; // [4 * hidden]
};

// The tensors of a run, strides in elements.
struct tern_lstm_tensors {
  const void *x; // [steps][batch][inputs]
  int64_t x_step_stride, x_row_stride;
  float *h; // the state [batch][hidden] before the first step, then after the last; NULL: 0, and not kept
  float *c; // the same
  int64_t state_row_stride;
  float *y; // h of every step, [steps][batch][hidden]
  int64_t y_step_stride, y_row_stride;
  int64_t steps, batch;
};

// Rows of the batch are independent: ranges of them may run at the same time, each with a workspace for as many rows.
TERN_API int64_t tern_lstm_workspace_bytes(int32_t gemm, const struct tern_lstm *lstm, int64_t steps, int64_t rows);
TERN_API void tern_lstm_run(int32_t gates, int32_t gemm, const struct tern_lstm *lstm, const void *packed_input,
                            const void *packed_recurrent, const struct tern_lstm_tensors *tensors, int64_t row_begin,
                            int64_t row_end, void *workspace);

// Training an LSTM layer, f32: a forward pass that keeps what the gradient needs, and the gradient through time. Both
// work on a tape [steps + 1][batch], of which entry t holds, side by side,
//   x[t] | h[t-1] | c[t-1] | i | f | g | o of step t          inputs + 6 * hidden elements
// and the last one the state that is left. x is the caller's; so is the state of entry 0 where `stateful`, else 0.
struct tern_lstm_training {
  int64_t inputs, hidden;
  const struct tern_gemm *product; // forward: n = 4 * hidden, k = inputs + hidden, by [W R]; backward: n = hidden,
                                   // k = 4 * hidden, by R; f32, beta 0
  int32_t stateful;
};

// Strides in elements.
struct tern_lstm_tape {
  float *first;
  int64_t step_stride, row_stride;
  int64_t steps;
};

// dL/dy, [steps][batch][hidden]; where stateful, two entries more: dL/dh and dL/dc of the state that is left, which
// become those of the state before the first step.
struct tern_lstm_flow {
  float *dy;
  int64_t step_stride, row_stride;
};

// Ranges of rows as for tern_lstm_run; gates of op TERN_LSTM write, those of op TERN_LSTM_GRADIENT turn i, f, g, o into
// their dL/dz:
//   dh = dy[t] + R^T dz[t+1];   dc = dc * f[t+1] + dh * o * (1 - tanh(c)^2)
//   dz = dc * g * (i - i^2) | dc * c[t-1] * (f - f^2) | dc * i * (1 - g^2) | dh * tanh(c) * (o - o^2)
TERN_API int64_t tern_lstm_training_workspace_bytes(int32_t gemm, const struct tern_lstm_training *training,
                                                    int64_t rows);
TERN_API void tern_lstm_training_forward(int32_t gates, int32_t gemm, const struct tern_lstm_training *training,
                                         const void *packed, const float *bias, const struct tern_lstm_tape *tape,
                                         int64_t row_begin, int64_t row_end, void *workspace);
TERN_API void tern_lstm_training_backward(int32_t gates, int32_t gemm, const struct tern_lstm_training *training,
                                          const void *packed, const struct tern_lstm_flow *flow,
                                          const struct tern_lstm_tape *tape, int64_t row_begin, int64_t row_end,
                                          void *workspace);

// to[i] = sigmoid or tanh of from[i], by a kernel of op TERN_ACTIVATION; in place where they are the same.
TERN_API void tern_activation_run(int32_t kernel, const float *from, float *to, int64_t count);

// Peaks. A run takes iterations * ops operations on the calling thread.
TERN_API int32_t tern_peak_count(void);
TERN_API const struct tern_peak *tern_peak_at(int32_t peak);
TERN_API void tern_peak_run(int32_t peak, int64_t iterations);

// Reads every byte once, with the widest loads there are; returns their sum as 64-bit words, modulo 2^64.
TERN_API uint64_t tern_read(const void *from, int64_t bytes);

#endif
