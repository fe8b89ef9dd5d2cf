// gemm_f32.c -- blocks of rows and of k of A times columns of B, one register tile after the other
//   The sum of each block of k starts at zero (the first at the bias) and is added to what y holds; the last one
//   clamps.
#include "gemm_f32.h"

#include <string.h>

enum {
  ROW_BLOCK = 192,     // rows of A that stay in L2 while all of B passes
  K_BLOCK = 768,       // 192 KB of B in four panels
  STRIDE_OF_COPY = 512 // from this column stride on, A is copied: each k would be in another page
};

int64_t f32_workspace(const struct tern_gemm *gemm, int64_t m) {
  return round_up(min64(m, ROW_BLOCK), F32_PANEL) * min64(gemm->k, K_BLOCK) * (int64_t)sizeof(float);
}

// One block: rows [row_begin, row_end) by k [k_begin, k_begin + tile.k).
struct block {
  const struct gemm_call *call;
  struct f32_tile tile; // without what belongs to columns
  int64_t row_begin, row_end, k_begin;
};

static void copy_transposed_a(struct f32_tile *tile, int64_t rows, float *copy) {
  const int64_t stride = round_up(rows, F32_PANEL);
  for (int64_t k = 0; k < tile->k; k++) {
    memcpy(copy + k * stride, tile->a + k * tile->a_col_stride, (size_t)rows * sizeof(float));
  }
  tile->a = copy;
  tile->a_col_stride = stride;
}

static struct block block_of(const struct gemm_call *call, int64_t row_begin, int64_t row_end, int64_t k_begin,
                             int64_t k_end) {
  const struct tern_gemm *gemm = call->gemm;
  const bool last = k_end == gemm->k;
  struct f32_tile tile = {.a = (const float *)call->a + row_begin * call->a_row_stride + k_begin * call->a_col_stride,
                          .a_row_stride = call->a_row_stride,
                          .a_col_stride = call->a_col_stride,
                          .panel_floats = panel_bytes(&layout_f32_n16, gemm->k) / (int64_t)sizeof(float),
                          .k = k_end - k_begin,
                          .y_row_stride = call->y_row_stride,
                          .y_min = last ? gemm->y_min : -__builtin_inff(),
                          .y_max = last ? gemm->y_max : __builtin_inff(),
                          .add = gemm->beta || k_begin > 0};
  if (call->a_col_stride >= STRIDE_OF_COPY && call->a_row_stride == 1) {
    copy_transposed_a(&tile, row_end - row_begin, call->workspace);
  }
  return (struct block){call, tile, row_begin, row_end, k_begin};
}

// Columns [col, col + cols), at most one tile wide, of a block.
static void run_columns(const struct f32_kernel *kernel, const struct block *block, int64_t col, int64_t cols) {
  const struct gemm_call *call = block->call;
  const float *bias = call->gemm->bias;
  const int64_t panels = ceil_div(cols, F32_PANEL), rows = block->row_end - block->row_begin;
  const int64_t steps = ceil_div(rows, kernel->rows[panels - 1]);
  struct f32_tile tile = block->tile;
  tile.b = (const float *)call->packed + col / F32_PANEL * tile.panel_floats + block->k_begin * F32_PANEL;
  tile.bias = bias && block->k_begin == 0 ? bias + col : NULL;
  tile.last_cols = cols - (panels - 1) * F32_PANEL;
  for (int64_t step = 0; step < steps; step++) {
    const int64_t row = rows * step / steps, next = rows * (step + 1) / steps; // tiles as equal as can be
    tile.a = block->tile.a + row * tile.a_row_stride;
    tile.y = (float *)call->y + (block->row_begin + row) * call->y_row_stride + col;
    kernel->bodies[panels - 1][next - row - 1](&tile);
  }
}

void f32_run(const struct f32_kernel *kernel, const struct gemm_call *call, struct rectangle part) {
  const int64_t k = call->gemm->k, width = kernel->panels * F32_PANEL;
  const int64_t k_blocks = k == 0 ? 1 : ceil_div(k, K_BLOCK);
  for (int64_t row = part.row_begin; row < part.row_end; row += ROW_BLOCK) {
    const int64_t row_end = min64(row + ROW_BLOCK, part.row_end);
    for (int64_t i = 0; i < k_blocks; i++) {
      const struct block block = block_of(call, row, row_end, k * i / k_blocks, k * (i + 1) / k_blocks);
      for (int64_t col = part.col_begin; col < part.col_end; col += width) {
        run_columns(kernel, &block, col, min64(width, part.col_end - col));
      }
    }
  }
}
