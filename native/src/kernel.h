// kernel.h -- what a kernel is made of inside the library; the table of them is table.c
#ifndef TERN_KERNEL_H
#define TERN_KERNEL_H

#include "tern.h"

#include <stdbool.h>
#include <stddef.h>

// How B lies in packed memory: [N/panel][K/group][panel][group] elements of `element` bytes, K padded with zeros to a
// multiple of k_pad, columns to a multiple of panel. An element holds `terms` weights: eight signs side by side in a
// byte, two s4 or four s2 that are a group apart; group and k_pad count elements. After each panel come `trailer`
// bytes: for s8, s4 and s2 the column sums (s32 [panel]), and, where the trailer is longer, the panel's flag word (see
// WIDE_PAIRS).
struct layout {
  int32_t panel, group, k_pad, element, trailer, terms;
};

extern const struct layout layout_f32_n1, layout_f32_n16, layout_bf16_n1, layout_bf16_n16k2, layout_s8_n1,
    layout_s8_n16k4, layout_s8_n16k8, layout_s4_n1, layout_s4_n16k8, layout_s2_n1, layout_s2_n16k16, layout_b1_n1,
    layout_b1_n16k32;

// Flag word of a panel: some pair of neighbouring weights could saturate 16 bits when multiplied by u8.
enum { WIDE_PAIRS = 1 };

static inline int64_t round_up(int64_t x, int64_t step) {
  return (x + step - 1) / step * step;
}

static inline int64_t ceil_div(int64_t x, int64_t by) {
  return (x + by - 1) / by;
}

static inline int64_t min64(int64_t x, int64_t y) {
  return x < y ? x : y;
}

static inline int64_t max64(int64_t x, int64_t y) {
  return x > y ? x : y;
}

// Where part `i` of `size` things begins, cut into `parts` as equal as can be.
static inline int64_t part_begin(int64_t size, int64_t i, int64_t parts) {
  return size * i / parts;
}

enum { SIGNS_OF_BYTE = 8 };

// Those bits of the last byte of k signs that are signs.
static inline uint8_t last_signs(int64_t k) {
  return (uint8_t)(0xff >> (-k & 7));
}

// Bytes of one panel's elements; the trailer begins there.
static inline int64_t panel_elements_bytes(const struct layout *layout, int64_t k) {
  return round_up(ceil_div(k, layout->terms), layout->k_pad) * layout->panel * layout->element;
}

static inline int64_t panel_bytes(const struct layout *layout, int64_t k) {
  return panel_elements_bytes(layout, k) + layout->trailer;
}

// Weight k of a column of a packed panel of integers; signs, of which a byte holds eight neighbours, are -1 or 1.
static inline int32_t weight_at(const struct layout *layout, const uint8_t *panel, int64_t col, int64_t k) {
  const int64_t group = layout->group, terms = layout->terms, bits = 8 / terms, within = k % (group * terms);
  const uint8_t *bytes = panel + (k / (group * terms) * layout->panel + col) * group;
  if (terms == SIGNS_OF_BYTE) {
    return bytes[within / SIGNS_OF_BYTE] >> within % SIGNS_OF_BYTE & 1 ? 1 : -1;
  }
  return (int32_t)((uint32_t)bytes[within % group] << (32 - bits - within / group * bits)) >> (32 - bits);
}

enum { SCALES = 16 }; // columns whose scales lie side by side

// Groups of k that have scales of their own.
static inline int64_t groups_of(const struct tern_gemm *gemm) {
  return ceil_div(gemm->k, gemm->group);
}

// Where the scale of a column for a group is, its zero point and its seed.
static inline int64_t scale_index(const struct tern_gemm *gemm, int64_t col, int64_t group) {
  return (col / SCALES * groups_of(gemm) + group) * SCALES + col % SCALES;
}

// One call of tern_gemm_run, or of tern_gemm_run_unpacked, where packed is NULL.
struct gemm_call {
  const struct tern_gemm *gemm;
  const uint8_t *packed;
  const void *b;
  int64_t b_row_stride, b_col_stride;
  bool b_fills_panels; // rows of b may be read up to a multiple of the panel, whatever is there
  int64_t m;
  const void *a;
  int64_t a_row_stride, a_col_stride;
  const float *a_scales; // of each row, or NULL
  void *y;
  int64_t y_row_stride;
  const int32_t *const *row_deltas; // NULL, or for each row NULL or what is added to its sums; signs only
  void *workspace;
};

// Columns [col, col + cols) and terms [k_begin, k_end) of a GEMM with f32 sums as one of its own: the first terms bring
// the bias, later ones add to y, the last ones clamp.
static inline struct tern_gemm gemm_block(const struct tern_gemm *whole, int64_t col, int64_t cols, int64_t k_begin,
                                          int64_t k_end) {
  struct tern_gemm block = *whole;
  block.n = cols;
  block.k = k_end - k_begin;
  block.bias = k_begin == 0 && whole->bias ? (const float *)whole->bias + col : NULL;
  block.beta = whole->beta || k_begin > 0;
  block.y_min = k_end == whole->k ? whole->y_min : -__builtin_inff();
  block.y_max = k_end == whole->k ? whole->y_max : __builtin_inff();
  return block;
}

// Rows and columns of y; col_begin is a multiple of the panel.
struct rectangle {
  int64_t row_begin, row_end, col_begin, col_end;
};

typedef void pack_function(const struct layout *layout, int64_t n, int64_t k, const void *b, int64_t b_row_stride,
                           int64_t b_col_stride, void *packed, int64_t panel_begin, int64_t panel_end);

typedef int64_t workspace_function(const struct tern_gemm *gemm, int64_t m);
typedef void run_function(const struct gemm_call *call, struct rectangle part);

struct pool_span;
typedef void pool_function(const struct pool_span *span);

struct lstm_cells;
typedef void lstm_function(const struct lstm_cells *cells);

struct lstm_gradient;
typedef void lstm_gradient_function(const struct lstm_gradient *gradient);

typedef void activation_function(const float *from, float *to, int64_t count);

struct reorder_block;
typedef void reorder_function(const struct reorder_block *block);

// Types of A that an integer kernel multiplies as they are; where it has one of the 8-bit types, it flips the other.
enum { NATIVE_U8 = 1, NATIVE_S8 = 2, NATIVE_BOTH = 3, NATIVE_B1 = 4 };

// Convolution without gathering patches; see conv2d.h.
struct conv2d_call;
struct conv2d_kernel {
  int64_t tap_step; // bytes that each tap of packed weights is filled up to
  int64_t (*workspace_bytes)(const struct tern_conv2d *conv);
  void (*run)(const struct conv2d_call *call, struct rectangle lines_by_filters);
};

struct depthwise_kernel;
struct spmm_form;

struct kernel {
  struct tern_kernel row;
  int32_t native;
  union {
    const struct layout *layout;
    const struct spmm_form *spmm; // where weights are sparse
  };
  pack_function *pack;
  int32_t tile_rows, tile_cols; // of the tiles that tern_gemm_run counts; tile_cols is a multiple of the panel
  workspace_function *workspace_bytes;
  union {
    run_function *run;
    pool_function *pool; // these have nothing of the above but their row
    lstm_function *lstm;
    lstm_gradient_function *lstm_gradient;
    activation_function *activation;
    reorder_function *reorder;
    const struct depthwise_kernel *depthwise; // and `native`
  };
  const struct conv2d_kernel *conv2d; // NULL where it convolves gathered patches
};

extern const struct kernel TERN_KERNELS[];
extern const int32_t TERN_KERNELS_COUNT;

pack_function pack_f32, pack_bf16, pack_s8, pack_narrow, pack_b1;

#endif
