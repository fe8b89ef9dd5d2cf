// spmv.c -- few rows of x, as tables, times all regions of the weights
#include "spmv.h"

#include <string.h>

// Rows of x that pass each region together.
struct rows {
  const struct spmv_kernel *kernel;
  const struct gemm_call *call;
  struct spmm_blocks blocks;
  int64_t row, count;
  uint8_t *tables; // [rows][blocks]
};

static struct spmm_blocks blocks_of(const struct spmv_kernel *kernel, const struct tern_gemm *gemm) {
  return spmm_blocks_of(spmm_words(gemm), kernel->block_words);
}

int64_t spmv_workspace(const struct spmv_kernel *kernel, const struct tern_gemm *gemm) {
  return SPMV_ROWS * blocks_of(kernel, gemm).count * SPMV_TABLES_BYTES;
}

static uint8_t *tables_of(const struct rows *rows, int64_t row, int64_t block) {
  return rows->tables + (row * rows->blocks.count + block) * SPMV_TABLES_BYTES;
}

static void prepare(const struct rows *rows) {
  const struct gemm_call *call = rows->call;
  const int64_t size = call->gemm->a_type == TERN_F32 ? 4 : 1, most = rows->blocks.words * 4;
  for (int64_t r = 0; r < rows->count; r++) {
    const uint8_t *x = (const uint8_t *)call->a + (rows->row + r) * call->a_row_stride * size;
    for (int64_t i = 0; i < rows->blocks.count; i++) {
      const struct spmv_row row = {.x = x + i * most,
                                   .bytes = min64(most, call->gemm->k * size - i * most),
                                   .flip = call->gemm->a_type == TERN_S8 ? 0x80 : 0,
                                   .tables = tables_of(rows, r, i)};
      rows->kernel->prepare(&row);
    }
  }
}

// What the sums of a panel start from.
static void seed(const struct rows *rows, int64_t panel, int32_t sums[SPMV_ROWS][SPMM_PANEL]) {
  const struct tern_gemm *gemm = rows->call->gemm;
  const int64_t col = panel * SPMM_PANEL, cols = min64(SPMM_PANEL, gemm->n - col);
  const int32_t *from = gemm->a_type == TERN_F32 ? gemm->bias : gemm->seeds;
  memset(sums, 0, SPMV_ROWS * SPMM_PANEL * sizeof(int32_t));
  for (int64_t r = 0; r < rows->count && from; r++) {
    memcpy(sums[r], from + col, (size_t)cols * sizeof(int32_t));
  }
}

static void multiply(const struct rows *rows, int64_t panel, int32_t sums[SPMV_ROWS][SPMM_PANEL]) {
  const struct gemm_call *call = rows->call;
  const int64_t panels = ceil_div(call->gemm->n, SPMM_PANEL), *begins = spmm_begins(call->gemm, call->packed);
  for (int64_t i = 0; i < rows->blocks.count; i++) {
    const struct spmv_region *region = (const struct spmv_region *)(call->packed + begins[i * panels + panel]);
    for (int64_t r = 0; r < rows->count; r++) {
      rows->kernel->multiply(region, tables_of(rows, r, i), sums[r]);
    }
  }
}

static void run_panel(const struct rows *rows, int64_t panel) {
  int32_t sums[SPMV_ROWS][SPMM_PANEL] __attribute__((aligned(64)));
  const int64_t col = panel * SPMM_PANEL;
  const struct spmm_result result = {.call = rows->call,
                                     .row = rows->row,
                                     .rows = rows->count,
                                     .col = col,
                                     .cols = min64(SPMM_PANEL, rows->call->gemm->n - col),
                                     .tile = sums[0]};
  seed(rows, panel, sums);
  multiply(rows, panel, sums);
  rows->kernel->store(&result);
}

void spmv_run(const struct spmv_kernel *kernel, const struct gemm_call *call, struct rectangle part) {
  struct rows rows = {
      .kernel = kernel, .call = call, .blocks = blocks_of(kernel, call->gemm), .tables = call->workspace};
  for (rows.row = part.row_begin; rows.row < part.row_end; rows.row += rows.count) {
    rows.count = min64(SPMV_ROWS, part.row_end - rows.row);
    prepare(&rows);
    for (int64_t panel = part.col_begin / SPMM_PANEL; panel < ceil_div(part.col_end, SPMM_PANEL); panel++) {
      run_panel(&rows, panel);
    }
  }
}
