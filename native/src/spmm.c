// spmm.c -- blocks of rows of x, transposed once, times all slices of the weights
#include "spmm.h"

#include "int8.h"

// Sizes of one call, in bytes of the workspace.
struct sizes {
  int64_t blocks, block_words, panels; // of the weights
  int64_t lines, acc;                  // of the workspace
};

static int64_t block_rows(const struct spmm_kernel *kernel) {
  return (int64_t)kernel->lanes * kernel->vectors;
}

static struct sizes sizes_of(const struct spmm_kernel *kernel, const struct tern_gemm *gemm) {
  const struct spmm_blocks blocks = spmm_blocks_of(spmm_words(gemm), SPMM_BLOCK);
  struct sizes sizes = {.blocks = blocks.count, .block_words = blocks.words, .panels = ceil_div(gemm->n, SPMM_PANEL)};
  sizes.lines = sizes.blocks * (sizes.block_words + 1) * block_rows(kernel) * kernel->line_bytes;
  const int64_t waiting = sizes.blocks > 1 ? min64(sizes.panels, SPMM_GROUP_PANELS) : 1;
  sizes.acc = waiting * SPMM_ACC_ROWS * block_rows(kernel) * (int64_t)sizeof(int32_t);
  return sizes;
}

static int64_t tile_bytes(const struct spmm_kernel *kernel) {
  return block_rows(kernel) * SPMM_PANEL * (int64_t)sizeof(int32_t);
}

int64_t spmm_workspace(const struct spmm_kernel *kernel, const struct tern_gemm *gemm) {
  const struct sizes sizes = sizes_of(kernel, gemm);
  return sizes.lines + sizes.acc + tile_bytes(kernel);
}

// Rows of x that are multiplied together.
struct block {
  const struct spmm_kernel *kernel;
  const struct gemm_call *call;
  struct sizes sizes;
  int64_t row, rows, vectors;
  uint8_t *lines;
  int32_t *acc, *tile;
};

static int64_t line_bytes(const struct block *block) {
  return block->vectors * block->kernel->lanes * block->kernel->line_bytes;
}

static uint8_t *lines_of(const struct block *block, int64_t k_block) {
  return block->lines + k_block * (block->sizes.block_words + 1) * line_bytes(block);
}

static void prepare(const struct block *block) {
  const struct tern_gemm *gemm = block->call->gemm;
  const int64_t size = gemm->a_type == TERN_F32 ? 4 : 1, stride = block->call->a_row_stride * size;
  const int32_t type = gemm->a_type == TERN_U8 ? NATIVE_U8 : NATIVE_S8;
  for (int64_t i = 0; i < block->sizes.blocks; i++) {
    const int64_t most = block->sizes.block_words * 4, begin = i * most, bytes = min64(most, gemm->k * size - begin);
    const struct spmm_rows rows = {.x = (const uint8_t *)block->call->a + block->row * stride + begin,
                                   .stride = stride,
                                   .rows = block->rows,
                                   .bytes = bytes,
                                   .flip = gemm->a_type == TERN_F32 || (block->kernel->native & type) ? 0 : 0x80,
                                   .is_signed = gemm->a_type == TERN_S8,
                                   .vectors = block->vectors,
                                   .lines = lines_of(block, i)};
    block->kernel->prepare(&rows);
    memset(rows.lines + ceil_div(bytes, 4) * line_bytes(block), 0, (size_t)line_bytes(block));
  }
}

// What the sums of a panel start from: seeds of s32, the bias of f32.
static void seed_panel(const struct tern_gemm *gemm, int64_t panel, int32_t seeds[SPMM_ACC_ROWS]) {
  const int64_t col = panel * SPMM_PANEL, cols = min64(SPMM_PANEL, gemm->n - col);
  const int32_t *from = gemm->a_type == TERN_F32 ? gemm->bias : gemm->seeds;
  memset(seeds, 0, SPMM_ACC_ROWS * sizeof(int32_t));
  if (from) {
    memcpy(seeds, from + col, (size_t)cols * sizeof(int32_t));
  }
}

static void multiply(const struct block *block, int64_t k_block, int64_t panel, int32_t *acc) {
  const struct gemm_call *call = block->call;
  const int64_t *begin = spmm_begins(call->gemm, call->packed) + k_block * block->sizes.panels + panel;
  int32_t seeds[SPMM_ACC_ROWS];
  const struct spmm_part part = {.slices = call->packed + begin[0],
                                 .end = call->packed + begin[1],
                                 .lines = lines_of(block, k_block),
                                 .vectors = block->vectors,
                                 .acc = acc,
                                 .seeds = k_block == 0 ? seeds : NULL};
  if (k_block == 0) {
    seed_panel(call->gemm, panel, seeds);
  }
  block->kernel->multiply(&part);
}

static void store(const struct block *block, int64_t panel, const int32_t *acc) {
  const int64_t col = panel * SPMM_PANEL;
  const struct spmm_result result = {.call = block->call,
                                     .acc = acc,
                                     .stride = block->vectors * block->kernel->lanes,
                                     .row = block->row,
                                     .rows = block->rows,
                                     .col = col,
                                     .cols = min64(SPMM_PANEL, block->call->gemm->n - col),
                                     .tile = block->tile};
  block->kernel->store(&result);
}

// Without terms there are no slices; the sums are what they start from.
static void store_seeds(const struct block *block, int64_t panel) {
  int32_t seeds[SPMM_ACC_ROWS];
  const int64_t stride = block->vectors * block->kernel->lanes;
  seed_panel(block->call->gemm, panel, seeds);
  for (int64_t i = 0; i < SPMM_PANEL * stride; i++) {
    block->acc[i] = seeds[i / stride];
  }
  store(block, panel, block->acc);
}

static void run_panels(const struct block *block, int64_t panel_begin, int64_t panel_end) {
  const int64_t blocks = block->sizes.blocks, stride = SPMM_ACC_ROWS * block->vectors * block->kernel->lanes;
  for (int64_t i = 0; i < blocks; i++) {
    for (int64_t panel = panel_begin; panel < panel_end; panel++) {
      int32_t *acc = block->acc + (blocks > 1 ? panel - panel_begin : 0) * stride;
      multiply(block, i, panel, acc);
      if (i == blocks - 1) {
        store(block, panel, acc);
      }
    }
  }
  for (int64_t panel = panel_begin; panel < panel_end && blocks == 0; panel++) {
    store_seeds(block, panel);
  }
}

void spmm_run(const struct spmm_kernel *kernel, const struct gemm_call *call, struct rectangle part) {
  const struct sizes sizes = sizes_of(kernel, call->gemm);
  uint8_t *workspace = call->workspace;
  struct block block = {.kernel = kernel,
                        .call = call,
                        .sizes = sizes,
                        .lines = workspace,
                        .acc = (int32_t *)(workspace + sizes.lines),
                        .tile = (int32_t *)(workspace + sizes.lines + sizes.acc)};
  const int64_t panel_begin = part.col_begin / SPMM_PANEL, panel_end = ceil_div(part.col_end, SPMM_PANEL);
  for (block.row = part.row_begin; block.row < part.row_end; block.row += block.rows) {
    block.rows = min64(block_rows(kernel), part.row_end - block.row);
    block.vectors = ceil_div(block.rows, kernel->lanes);
    prepare(&block);
    for (int64_t panel = panel_begin; panel < panel_end; panel += SPMM_GROUP_PANELS) {
      run_panels(&block, panel, min64(panel + SPMM_GROUP_PANELS, panel_end));
    }
  }
}
