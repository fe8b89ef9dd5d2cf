// gemm_s32.c -- blocks of rows of A, prepared once, times columns of B, one register tile after the other
#include "gemm_s32.h"

enum {
  ROW_BLOCK_BYTES = 512 * 1024, // of A that stay in L2 while all of B passes
  MAX_BLOCK_ROWS = 480,
  MAX_GROUP_BYTES = 16 // of A
};

struct workspace {
  int32_t acc[MAX_TILE_ROWS * MAX_TILE_PANELS * PANEL];
  int32_t a_sums[MAX_BLOCK_ROWS];
  uint8_t a_tails[MAX_BLOCK_ROWS * MAX_GROUP_BYTES];
  float sums[MAX_TILE_ROWS * MAX_TILE_PANELS * PANEL]; // over groups of k
  uint8_t a[]; // the block, where its bytes have to be flipped; then the sums of its rows in each group
};

// Elements of A in a byte.
static int64_t per_byte(const struct tern_gemm *gemm) {
  return gemm->a_type == TERN_B1 ? SIGNS_OF_BYTE : 1;
}

static int64_t row_bytes(const struct tern_gemm *gemm) {
  return ceil_div(gemm->k, per_byte(gemm));
}

// Bytes of A that meet one group of B.
static int64_t group_bytes(const struct s32_kernel *kernel, const struct tern_gemm *gemm) {
  return kernel->layout->group * kernel->layout->terms / per_byte(gemm);
}

static int64_t row_block(int64_t bytes) {
  const int64_t rows = ROW_BLOCK_BYTES / (bytes + 1) / MAX_TILE_ROWS * MAX_TILE_ROWS;
  return rows < 2 * MAX_TILE_ROWS ? 2 * MAX_TILE_ROWS : min64(rows, MAX_BLOCK_ROWS);
}

static uint8_t flip_of(const struct s32_kernel *kernel, const struct tern_gemm *gemm) {
  const int32_t type = gemm->a_type == TERN_U8 ? NATIVE_U8 : gemm->a_type == TERN_S8 ? NATIVE_S8 : NATIVE_B1;
  return kernel->native & type ? 0 : 0x80;
}

int64_t s32_workspace(const struct s32_kernel *kernel, const struct tern_gemm *gemm, int64_t m) {
  const int64_t bytes = row_bytes(gemm), rows = min64(m, row_block(bytes));
  const int64_t copied = flip_of(kernel, gemm) ? rows * bytes : 0;
  const int64_t sums = gemm->b_scales && gemm->b_zero_points ? rows * groups_of(gemm) : 0;
  return (int64_t)sizeof(struct workspace) + round_up(copied, sizeof(int32_t)) + sums * (int64_t)sizeof(int32_t);
}

// Of the rows of a block, those of a row side by side.
static int32_t *group_sums(const struct s32_kernel *kernel, const struct gemm_call *call) {
  const int64_t bytes = row_bytes(call->gemm), rows = min64(call->m, row_block(bytes));
  const int64_t copied = flip_of(kernel, call->gemm) ? rows * bytes : 0;
  return (int32_t *)(((struct workspace *)call->workspace)->a + round_up(copied, sizeof(int32_t)));
}

// The sum of a row, or, where it has groups, the sums of those.
static void sum_row(const struct s32_kernel *kernel, const struct gemm_call *call, int64_t row, const uint8_t *from,
                    uint8_t flip, bool is_signed) {
  const struct tern_gemm *gemm = call->gemm;
  struct workspace *workspace = call->workspace;
  if (!gemm->b_scales) {
    workspace->a_sums[row] = sum_bytes(from, gemm->k, flip, is_signed);
    return;
  }
  int32_t *sums = group_sums(kernel, call) + row * groups_of(gemm);
  for (int64_t k = 0; k < gemm->k; k += gemm->group) {
    *sums++ = sum_bytes(from + k, min64(gemm->group, gemm->k - k), flip, is_signed);
  }
}

// A block of rows of A as the kernel takes it, the last groups filled up, with the sums of its rows where zero points
// of B need them.
static struct s32_tile prepare_rows(const struct s32_kernel *kernel, const struct gemm_call *call, int64_t row_begin,
                                    int64_t row_end) {
  const struct tern_gemm *gemm = call->gemm;
  struct workspace *workspace = call->workspace;
  const uint8_t flip = flip_of(kernel, gemm);
  const bool is_signed = (gemm->a_type == TERN_S8) != (flip != 0);
  const int64_t stride = call->a_row_stride / per_byte(gemm), bytes = row_bytes(gemm);
  const uint8_t *a = (const uint8_t *)call->a + row_begin * stride;
  const int64_t group = group_bytes(kernel, gemm), whole = gemm->k / (group * per_byte(gemm)) * group;
  const bool has_tail = gemm->k % (group * per_byte(gemm)) > 0, as_it_is = !flip && !gemm->b_zero_points && !has_tail;
  for (int64_t row = 0; row < row_end - row_begin && !as_it_is; row++) {
    const uint8_t *from = a + row * stride;
    if (gemm->b_zero_points) {
      sum_row(kernel, call, row, from, flip, is_signed);
    }
    if (flip) {
      copy_flipped(workspace->a + row * whole, from, whole, whole, flip);
    }
    if (has_tail) {
      uint8_t *tail = workspace->a_tails + row * group;
      copy_flipped(tail, from + whole, bytes - whole, group, flip);
      tail[bytes - whole - 1] &= gemm->a_type == TERN_B1 ? last_signs(gemm->k) : 0xff;
    }
  }
  return (struct s32_tile){.a = flip ? workspace->a : a,
                           .a_stride = flip ? whole : stride,
                           .a_tails = workspace->a_tails,
                           .panel_bytes = panel_bytes(kernel->layout, gemm->k),
                           .k = gemm->k};
}

static const uint8_t *trailer_of(const struct s32_kernel *kernel, const struct gemm_call *call, int64_t col) {
  const int64_t k = call->gemm->k;
  return call->packed + col / PANEL * panel_bytes(kernel->layout, k) + panel_elements_bytes(kernel->layout, k);
}

static void add_deltas(const struct gemm_call *call, const struct s32_tile *tile, int64_t row_begin, int64_t row_end,
                       int64_t col, int64_t cols) {
  for (int64_t row = row_begin; row < row_end && call->row_deltas; row++) {
    const int32_t *deltas = call->row_deltas[row];
    uint32_t *acc = (uint32_t *)tile->acc + (row - row_begin) * tile->acc_stride;
    for (int64_t i = 0; deltas && i < cols; i++) {
      acc[i] += (uint32_t)deltas[col + i];
    }
  }
}

// Columns [col, col + cols), at most one tile wide, of a block of rows.
static void run_columns(const struct s32_kernel *kernel, const struct gemm_call *call, const struct s32_tile *block,
                        struct rectangle part, int64_t col, int64_t cols) {
  const struct tern_gemm *gemm = call->gemm;
  struct workspace *workspace = call->workspace;
  const int64_t panels = ceil_div(cols, PANEL), rows = part.row_end - part.row_begin;
  const int64_t steps = ceil_div(rows, kernel->rows[panels - 1]);
  const bool direct = epilogue_is_store(gemm);
  struct s32_tile tile = *block;
  tile.b = (const int8_t *)call->packed + col / PANEL * tile.panel_bytes;
  tile.trailer = trailer_of(kernel, call, col);
  tile.seeds = gemm->seeds + col;
  tile.last_cols = cols - (panels - 1) * PANEL;
  tile.acc = workspace->acc;
  tile.acc_stride = direct ? call->y_row_stride : MAX_TILE_PANELS * PANEL;
  for (int64_t step = 0; step < steps; step++) {
    const int64_t row = part_begin(rows, step, steps),
                  next = part_begin(rows, step + 1, steps); // tiles as equal as can be
    tile.a = block->a + row * block->a_stride;
    tile.a_tails = block->a_tails + row * group_bytes(kernel, gemm);
    if (direct) {
      tile.acc = (int32_t *)call->y + (part.row_begin + row) * call->y_row_stride + col;
    }
    kernel->bodies[panels - 1][next - row - 1](&tile);
    add_deltas(call, &tile, part.row_begin + row, part.row_begin + next, col, cols);
    if (!direct) {
      const struct epilogue epilogue = {.call = call,
                                        .acc = tile.acc,
                                        .acc_stride = tile.acc_stride,
                                        .a_sums = workspace->a_sums + row,
                                        .row = part.row_begin + row,
                                        .rows = next - row,
                                        .col = col,
                                        .cols = cols};
      kernel->epilogue(&epilogue);
    }
  }
}

// y = clamp(sums * a_scale + bias) (+ y), for the rows and columns of a tile.
static void store_sums(const struct gemm_call *call, const float *sums, int64_t row_begin, int64_t rows, int64_t col,
                       int64_t cols) {
  const struct tern_gemm *gemm = call->gemm;
  const float *bias = gemm->bias;
  const float a_scale = gemm->a_scale, y_min = gemm->y_min, y_max = gemm->y_max;
  for (int64_t row = 0; row < rows; row++, sums += MAX_TILE_PANELS * PANEL) {
    float *y = (float *)call->y + (row_begin + row) * call->y_row_stride + col;
    for (int64_t i = 0; i < cols; i++) {
      const float real = sums[i] * a_scale + (bias ? bias[col + i] : 0);
      const float above = real < y_min ? y_min : real, clamped = above > y_max ? y_max : above;
      y[i] = gemm->beta ? clamped + y[i] : clamped;
    }
  }
}

// The accumulators of one group of k, for the rows of a tile from `row` of the block on, added to the sums.
static void run_group(const struct s32_kernel *kernel, const struct gemm_call *call, const struct s32_tile *block,
                      int64_t row, int64_t rows, int64_t col, int64_t panels, int64_t group) {
  static const int32_t no_seeds[MAX_TILE_PANELS * PANEL];
  const struct tern_gemm *gemm = call->gemm;
  struct workspace *workspace = call->workspace;
  const int64_t k = group * gemm->group;
  struct s32_tile tile = *block;
  tile.a += row * tile.a_stride + k;
  tile.a_tails += row * group_bytes(kernel, gemm);
  tile.b = (const int8_t *)call->packed + col / PANEL * tile.panel_bytes + k / kernel->layout->terms * PANEL;
  tile.trailer = trailer_of(kernel, call, col);
  tile.k = min64(gemm->group, gemm->k - k);
  tile.seeds = no_seeds;
  tile.acc = workspace->acc;
  tile.acc_stride = MAX_TILE_PANELS * PANEL;
  tile.last_cols = PANEL;
  kernel->bodies[panels - 1][rows - 1](&tile);
  const struct group_tile sums = {.call = call,
                                  .acc = tile.acc,
                                  .acc_stride = tile.acc_stride,
                                  .a_sums = group_sums(kernel, call) + row * groups_of(gemm) + group,
                                  .group = group,
                                  .rows = rows,
                                  .col = col,
                                  .panels = panels,
                                  .sums = workspace->sums};
  kernel->add_group(&sums);
}

static void run_group_row(const struct s32_kernel *kernel, const struct gemm_call *call, const struct s32_tile *block,
                          int64_t row, int64_t col, int64_t panels) {
  struct workspace *workspace = call->workspace;
  const struct group_row all = {.call = call,
                                .a = block->a + row * block->a_stride,
                                .a_tail = block->a_tails + row * group_bytes(kernel, call->gemm),
                                .b = (const int8_t *)call->packed + col / PANEL * block->panel_bytes,
                                .panel_bytes = block->panel_bytes,
                                .a_sums = group_sums(kernel, call) + row * groups_of(call->gemm),
                                .col = col,
                                .panels = panels,
                                .sums = workspace->sums};
  kernel->group_row(&all);
}

static void run_groups(const struct s32_kernel *kernel, const struct gemm_call *call, const struct s32_tile *block,
                       int64_t row, int64_t rows, int64_t col, int64_t panels) {
  struct workspace *workspace = call->workspace;
  memset(workspace->sums, 0, sizeof workspace->sums);
  for (int64_t group = 0; group < groups_of(call->gemm); group++) {
    run_group(kernel, call, block, row, rows, col, panels, group);
  }
}

// As run_columns, with scales for each group of k.
static void run_grouped_columns(const struct s32_kernel *kernel, const struct gemm_call *call,
                                const struct s32_tile *block, struct rectangle part, int64_t col, int64_t cols) {
  struct workspace *workspace = call->workspace;
  const int64_t panels = ceil_div(cols, PANEL), rows = part.row_end - part.row_begin;
  const int64_t steps = ceil_div(rows, kernel->rows[panels - 1]);
  for (int64_t step = 0; step < steps; step++) {
    const int64_t row = part_begin(rows, step, steps), next = part_begin(rows, step + 1, steps);
    if (next - row == 1 && kernel->group_row) {
      run_group_row(kernel, call, block, row, col, panels);
    } else {
      run_groups(kernel, call, block, row, next - row, col, panels);
    }
    store_sums(call, workspace->sums, part.row_begin + row, next - row, col, cols);
  }
}

void s32_run(const struct s32_kernel *kernel, const struct gemm_call *call, struct rectangle part) {
  const int64_t m = part.row_end - part.row_begin, blocks = ceil_div(m, row_block(row_bytes(call->gemm)));
  const int64_t width = kernel->panels * PANEL;
  for (int64_t i = 0; i < blocks; i++) {
    const struct rectangle rows = {part.row_begin + part_begin(m, i, blocks),
                                   part.row_begin + part_begin(m, i + 1, blocks), part.col_begin, part.col_end};
    const struct s32_tile tile = prepare_rows(kernel, call, rows.row_begin, rows.row_end);
    for (int64_t col = part.col_begin; col < part.col_end; col += width) {
      const int64_t cols = min64(width, part.col_end - col);
      if (call->gemm->b_scales) {
        run_grouped_columns(kernel, call, &tile, rows, col, cols);
      } else {
        run_columns(kernel, call, &tile, rows, col, cols);
      }
    }
  }
}
