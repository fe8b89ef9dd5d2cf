// pool.c -- rows of a pooling, cut into spans of outputs whose windows lie alike in the image
#include "pool.h"

#include <string.h>

// x, dy or y; strides in bytes.
struct image_rows {
  uint8_t *first;
  int64_t image, row, col;
};

struct pool_call {
  const struct tern_pool *pool;
  pool_function *run;
  struct image_rows x, dy, y;
};

static struct image_rows rows_of(const struct tern_images *images, int64_t size) {
  return images == NULL ? (struct image_rows){NULL, 0, 0, 0}
                        : (struct image_rows){images->first, images->image_stride * size, images->row_stride * size,
                                              images->col_stride * size};
}

// A tap of x or dx. Without x there is no address to compute.
static uint8_t *tap_at(const struct image_rows *images, int64_t image, int64_t row, int64_t col) {
  return images->first == NULL ? NULL : images->first + image * images->image + row * images->row + col * images->col;
}

// Whether each position of a row of x has a window of its own, and no two windows share a row of x but side by side.
static bool are_tiles(const struct tern_pool *pool) {
  return pool->dilation_height == 1 && pool->dilation_width == 1 && pool->top == 0 && pool->left == 0 &&
         pool->stride_height >= pool->kernel_height && pool->stride_width == pool->kernel_width &&
         pool->out_width * pool->stride_width == pool->width;
}

// Outputs [begin, end) of one row, all with the taps `cols` of the width inside the image. Rows [low, high) of dx are
// added to.
static void run_span(const struct pool_call *call, int64_t image, int64_t out_row, int64_t begin, int64_t end,
                     struct taps cols, int64_t low, int64_t high) {
  const struct tern_pool *pool = call->pool;
  const bool backward = call->dy.first != NULL;
  const int64_t first_row = out_row * pool->stride_height - pool->top;
  const int64_t first_col = begin * pool->stride_width - pool->left + cols.begin * pool->dilation_width;
  const struct taps rows = taps_between(first_row, pool->dilation_height, pool->kernel_height, 0, pool->height);
  const struct taps added = taps_between(first_row, pool->dilation_height, pool->kernel_height, low, high);
  const int64_t top = first_row + rows.begin * pool->dilation_height;
  const int64_t taps = (rows.end - rows.begin) * (cols.end - cols.begin);
  const struct pool_span span = {.x = tap_at(&call->x, image, top, first_col),
                                 .y = backward ? tap_at(&call->y, image, top, first_col)
                                               : tap_at(&call->y, image, out_row, begin),
                                 .dy = backward ? tap_at(&call->dy, image, out_row, begin) : NULL,
                                 .outputs = end - begin,
                                 .x_step = pool->stride_width * call->x.col,
                                 .y_step = backward ? pool->stride_width * call->y.col : call->y.col,
                                 .dy_step = call->dy.col,
                                 .rows = rows.end - rows.begin,
                                 .cols = cols.end - cols.begin,
                                 .x_row = pool->dilation_height * call->x.row,
                                 .x_col = pool->dilation_width * call->x.col,
                                 .y_row = pool->dilation_height * call->y.row,
                                 .y_col = pool->dilation_width * call->y.col,
                                 .add_begin = added.begin - rows.begin,
                                 .add_end = added.end - rows.begin,
                                 .channels = pool->channels,
                                 .count = pool->counts_padding ? pool->kernel_height * pool->kernel_width : taps,
                                 .zero_point = pool->zero_point,
                                 .is_signed = pool->type == TERN_S8,
                                 .are_tiles = are_tiles(pool)};
  call->run(&span);
}

static struct taps cols_of(const struct tern_pool *pool, int64_t out_col) {
  return taps_between(out_col * pool->stride_width - pool->left, pool->dilation_width, pool->kernel_width, 0,
                      pool->width);
}

// Windows at the borders see other taps than their neighbours; between them one span holds all.
static void run_row(const struct pool_call *call, int64_t image, int64_t out_row, int64_t low, int64_t high) {
  const int64_t outputs = call->pool->out_width;
  for (int64_t begin = 0, end; begin < outputs; begin = end) {
    const struct taps cols = cols_of(call->pool, begin);
    for (end = begin + 1; end < outputs; end++) {
      const struct taps next = cols_of(call->pool, end);
      if (next.begin != cols.begin || next.end != cols.end) {
        break;
      }
    }
    run_span(call, image, out_row, begin, end, cols, low, high);
  }
}

static void clear_rows(const struct pool_call *call, int64_t image, int64_t begin, int64_t end) {
  const struct tern_pool *pool = call->pool;
  for (int64_t row = begin; row < end; row++) {
    for (int64_t col = 0; col < pool->width; col++) {
      memset(tap_at(&call->y, image, row, col), 0, (size_t)pool->channels * sizeof(float));
    }
  }
}

// Rows [low, high) of one image of dx, each cleared when the first window reaches it, while it is about to be needed;
// of tiles only those that no window reaches.
static void run_backward(const struct pool_call *call, int64_t image, int64_t low, int64_t high) {
  const struct tern_pool *pool = call->pool;
  const int64_t reach = (pool->kernel_height - 1) * pool->dilation_height + 1;
  const int64_t before = low + pool->top - reach + 1; // the first row of windows ends at `low` or later
  const int64_t first = before > 0 ? ceil_div(before, pool->stride_height) : 0;
  const int64_t last = min64(pool->out_height, ceil_div(high + pool->top, pool->stride_height));
  int64_t cleared = low;
  for (int64_t out_row = first; out_row < last; out_row++) {
    const int64_t begin = out_row * pool->stride_height - pool->top, end = min64(high, begin + reach);
    clear_rows(call, image, cleared, are_tiles(pool) ? begin : end);
    cleared = max64(cleared, end);
    run_row(call, image, out_row, low, high);
  }
  clear_rows(call, image, cleared, high);
}

void tern_pool_run(int32_t kernel, const struct tern_pool *pool, const struct tern_images *x,
                   const struct tern_images *dy, const struct tern_images *y, int64_t row_begin, int64_t row_end) {
  const int64_t size = pool->type == TERN_F32 ? sizeof(float) : 1;
  const struct pool_call call = {.pool = pool,
                                 .run = TERN_KERNELS[kernel].pool,
                                 .x = rows_of(x, size),
                                 .dy = rows_of(dy, size),
                                 .y = rows_of(y, size)};
  const int64_t height = dy == NULL ? pool->out_height : pool->height;
  for (int64_t row = row_begin, end; row < row_end; row = end) {
    const int64_t image = row / height;
    end = dy == NULL ? row + 1 : min64(row_end, (image + 1) * height);
    if (dy == NULL) {
      run_row(&call, image, row % height, 0, 0);
    } else {
      run_backward(&call, image, row % height, end - image * height);
    }
  }
}
