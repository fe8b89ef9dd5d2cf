// gemm_f32.c -- blocks of rows and of k of A times columns of B, one register tile after the other
//   The sum of each block of k starts at zero (the first at the bias) and is added to what y holds; the last one
//   clamps. B is packed, or it is as the caller has it. Then few rows of A, or all of them where B is small, multiply
//   it where it is; otherwise a block of it at a time gets packed, into a workspace that stays in L2: by the first row
//   tile on its way, or, where its columns lie apart, before. A whose rows lie side by side is copied where its columns
//   would be in too many pages, and, for tiles of one panel, in the order in which these read it.
#include "gemm_f32.h"

#include <string.h>

enum {
  ROW_BLOCK = 192,     // rows of A that stay in L2 while all of B passes
  K_BLOCK = 768,       // 192 KB of B in four panels
  PANEL_K_BLOCK = 256, // where a tile is one panel: 16 KB of B, which stay in L1 while rows pass
  COLS_OF_COPY = 64,   // of so many, A is copied by tiles of one panel
  COLS_AT_ONCE = 16,   // in L1 while tiles are copied
  STRIDE_OF_COPY = 512 // from this column stride on, A is copied: each k would be in another page
};

// When B is not packed.
enum {
  COL_BLOCK = 256,     // columns that are packed at a time otherwise: 768 KB
  FEW_ROWS = 192,      // up to here, packing costs more than reading rows of B where they are
  FEW_FAR_ROWS = 16,   // the same where rows of B are far from each other
  ALIASED = 512,       // floats between rows of B that share few sets of L2,
  ALIASED_K = 1024,    // which so many rows overfill
  SMALL_B = 192 << 10, // floats that stay in L2 wherever they are
  DOT_ROWS = 4,        // the few rows, where the columns of B lie far apart
  LONG_DOT_ROWS = 16,  // and where LONG_K repays adding up lanes
  LONG_K = 512
};

static int64_t a_copy_floats(int64_t k, int64_t m) {
  return round_up(min64(m, ROW_BLOCK), F32_PANEL) * min64(k, K_BLOCK);
}

int64_t f32_workspace(const struct tern_gemm *gemm, int64_t m) {
  return a_copy_floats(gemm->k, m) * (int64_t)sizeof(float);
}

int64_t f32_unpacked_workspace(const struct tern_gemm *gemm, int64_t m) {
  const int64_t b_floats = round_up(min64(gemm->n, COL_BLOCK), F32_PANEL) * min64(gemm->k, K_BLOCK);
  return (a_copy_floats(gemm->k, m) + b_floats) * (int64_t)sizeof(float);
}

// Rows [k_begin, k_end) of B from column col_begin on, as the bodies take them.
struct b_block {
  const float *floats;
  int64_t row_stride, panel_stride;
  int64_t k_begin, k_end, col_begin;
  float *copy; // NULL, or where the first row tile leaves it packed for the others
};

// Rows [row_begin, row_end) of A for a block of B.
struct block {
  const struct gemm_call *call;
  const struct b_block *b;
  struct f32_tile tile; // without what belongs to columns
  int64_t row_begin, row_end;
  const float *a_tiles; // NULL, or a copy of A: the tiles one after the other, each [k][rows]
};

static int64_t k_blocks_of(const struct f32_kernel *kernel, int64_t k) {
  return k == 0 ? 1 : ceil_div(k, kernel->panels == 1 ? PANEL_K_BLOCK : K_BLOCK);
}

// Whether A, whose rows lie side by side, is copied for tiles of one panel: many of them read each row.
static bool takes_tiles(const struct f32_kernel *kernel, const struct gemm_call *call, struct rectangle part) {
  return kernel->panels == 1 && call->a_row_stride == 1 && call->a_col_stride > 1 &&
         part.col_end - part.col_begin >= COLS_OF_COPY;
}

static inline __attribute__((always_inline)) void copy_tile(const float *a, int64_t a_col_stride, int64_t k,
                                                            const int rows, float *copy) {
  for (int64_t i = 0; i < k; i++) {
    memcpy(copy + i * rows, a + i * a_col_stride, (size_t)rows * sizeof(float));
  }
}

// A few columns at a time, since neighbouring tiles read the same lines.
static void copy_tiles(const struct f32_tile *tile, int64_t rows, int64_t highest, float *copy) {
  const int64_t steps = ceil_div(rows, highest);
  for (int64_t begin = 0; begin < tile->k; begin += COLS_AT_ONCE) {
    const int64_t cols = min64(COLS_AT_ONCE, tile->k - begin);
    const float *a = tile->a + begin * tile->a_col_stride;
    for (int64_t step = 0; step < steps; step++) {
      const int64_t row = part_begin(rows, step, steps), count = part_begin(rows, step + 1, steps) - row;
      float *to = copy + row * tile->k + begin * count;
      if (count == 6) { // a copy of constant size is no call
        copy_tile(a + row, tile->a_col_stride, cols, 6, to);
      } else if (count == 5) {
        copy_tile(a + row, tile->a_col_stride, cols, 5, to);
      } else {
        copy_tile(a + row, tile->a_col_stride, cols, (int)count, to);
      }
    }
  }
}

static void copy_transposed_a(struct f32_tile *tile, int64_t rows, float *copy) {
  const int64_t stride = round_up(rows, F32_PANEL);
  for (int64_t k = 0; k < tile->k; k++) {
    memcpy(copy + k * stride, tile->a + k * tile->a_col_stride, (size_t)rows * sizeof(float));
  }
  tile->a = copy;
  tile->a_col_stride = stride;
}

static struct block block_of(const struct f32_kernel *kernel, const struct gemm_call *call, const struct b_block *b,
                             struct rectangle part) {
  const struct tern_gemm *gemm = call->gemm;
  static const int64_t ONE_TAP[1] = {0};
  const bool last = b->k_end == gemm->k;
  struct f32_tile tile = {.tap_offsets = ONE_TAP,
                          .taps = 1,
                          .a = (const float *)call->a + part.row_begin * call->a_row_stride +
                               b->k_begin * call->a_col_stride,
                          .a_row_stride = call->a_row_stride,
                          .a_col_stride = call->a_col_stride,
                          .b_row_stride = b->row_stride,
                          .b_panel_stride = b->panel_stride,
                          .k = b->k_end - b->k_begin,
                          .y_row_stride = call->y_row_stride,
                          .y_min = last ? gemm->y_min : -__builtin_inff(),
                          .y_max = last ? gemm->y_max : __builtin_inff(),
                          .add = gemm->beta || b->k_begin > 0};
  const int64_t rows = part.row_end - part.row_begin;
  const bool by_tiles = takes_tiles(kernel, call, part);
  if (by_tiles) {
    copy_tiles(&tile, rows, kernel->rows[0], call->workspace);
  } else if (call->a_col_stride >= STRIDE_OF_COPY && call->a_row_stride == 1) {
    copy_transposed_a(&tile, rows, call->workspace);
  }
  return (struct block){call, b, tile, part.row_begin, part.row_end, by_tiles ? call->workspace : NULL};
}

static void use_copy(struct f32_tile *tile) {
  tile->b = tile->b_copy;
  tile->b_row_stride = F32_PANEL;
  tile->b_panel_stride = F32_PANEL * tile->k;
  tile->b_copy = NULL;
}

// Columns [col, col + cols), at most one tile wide, of a block.
static void run_columns(const struct f32_kernel *kernel, const struct block *block, int64_t col, int64_t cols) {
  const struct gemm_call *call = block->call;
  const float *bias = call->gemm->bias;
  const int64_t panels = ceil_div(cols, F32_PANEL), rows = block->row_end - block->row_begin;
  const int64_t steps = ceil_div(rows, kernel->rows[panels - 1]);
  struct f32_tile tile = block->tile;
  const int64_t panel = (col - block->b->col_begin) / F32_PANEL;
  tile.b = block->b->floats + panel * tile.b_panel_stride;
  tile.b_copy = block->b->copy && steps > 1 ? block->b->copy + panel * F32_PANEL * tile.k : NULL;
  tile.bias = bias && block->b->k_begin == 0 ? bias + col : NULL;
  tile.last_cols = cols - (panels - 1) * F32_PANEL;
  for (int64_t step = 0; step < steps; step++) {
    const int64_t row = part_begin(rows, step, steps),
                  next = part_begin(rows, step + 1, steps); // tiles as equal as can be
    if (block->a_tiles) {
      tile.a = block->a_tiles + row * tile.k;
      tile.a_col_stride = next - row;
    } else {
      tile.a = block->tile.a + row * tile.a_row_stride;
    }
    tile.y = (float *)call->y + (block->row_begin + row) * call->y_row_stride + col;
    kernel->bodies[panels - 1][next - row - 1](&tile);
    if (tile.b_copy) {
      use_copy(&tile);
    }
  }
}

static void run_block(const struct f32_kernel *kernel, const struct gemm_call *call, const struct b_block *b,
                      struct rectangle part) {
  const int64_t width = kernel->panels * F32_PANEL;
  const struct block block = block_of(kernel, call, b, part);
  for (int64_t col = part.col_begin; col < part.col_end; col += width) {
    run_columns(kernel, &block, col, min64(width, part.col_end - col));
  }
}

// Block `index` of the rows of part. Blocks are equal, so that the last is not a few rows that a pass over B is lost
// on.
static struct rectangle row_block(struct rectangle part, int64_t index) {
  const int64_t m = part.row_end - part.row_begin, blocks = ceil_div(m, ROW_BLOCK);
  const int64_t begin = part.row_begin + part_begin(m, index, blocks);
  const int64_t end = part.row_begin + part_begin(m, index + 1, blocks);
  return (struct rectangle){begin, end, part.col_begin, part.col_end};
}

static int64_t row_blocks(struct rectangle part) {
  return ceil_div(part.row_end - part.row_begin, ROW_BLOCK);
}

static void run_packed(const struct f32_kernel *kernel, const struct gemm_call *call, struct rectangle part) {
  const int64_t k = call->gemm->k, k_blocks = k_blocks_of(kernel, k);
  struct b_block b = {.row_stride = F32_PANEL,
                      .panel_stride = panel_bytes(&layout_f32_n16, k) / (int64_t)sizeof(float),
                      .col_begin = part.col_begin};
  for (int64_t j = 0; j < row_blocks(part); j++) {
    for (int64_t i = 0; i < k_blocks; i++) {
      b.k_begin = part_begin(k, i, k_blocks), b.k_end = part_begin(k, i + 1, k_blocks);
      b.floats = (const float *)call->packed + part.col_begin / F32_PANEL * b.panel_stride + b.k_begin * F32_PANEL;
      run_block(kernel, call, &b, row_block(part, j));
    }
  }
}

static struct b_block packed_block(float *packed, struct rectangle part, int64_t k_begin, int64_t k_end) {
  return (struct b_block){packed, F32_PANEL, (k_end - k_begin) * F32_PANEL, k_begin, k_end, part.col_begin, NULL};
}

// The columns of part in the caller's B.
static struct b_block block_in_place(const struct gemm_call *call, struct rectangle part, int64_t k_begin,
                                     int64_t k_end, float *copy) {
  const float *from = (const float *)call->b + k_begin * call->b_row_stride + part.col_begin * call->b_col_stride;
  return (struct b_block){from, call->b_row_stride, F32_PANEL, k_begin, k_end, part.col_begin, copy};
}

static void pack(const struct f32_kernel *kernel, const struct gemm_call *call, const struct b_block *b, int64_t cols,
                 float *packed) {
  kernel->pack(&layout_f32_n16, cols, b->k_end - b->k_begin, b->floats, call->b_row_stride, call->b_col_stride, packed,
               0, ceil_div(cols, F32_PANEL));
}

// What becomes of an unpacked block of B.
enum packing { NEVER, ON_THE_WAY, BEFORE };

// Columns of an unpacked B for all rows of part. What gets packed lies behind the copy of A.
static void run_col_block(const struct f32_kernel *kernel, const struct gemm_call *call, struct rectangle part,
                          enum packing packing) {
  const int64_t k = call->gemm->k, k_blocks = k_blocks_of(kernel, k);
  float *packed = (float *)call->workspace + a_copy_floats(k, call->m);
  for (int64_t i = 0; i < k_blocks; i++) {
    const int64_t k_begin = part_begin(k, i, k_blocks), k_end = part_begin(k, i + 1, k_blocks);
    struct b_block b = block_in_place(call, part, k_begin, k_end, packing == ON_THE_WAY ? packed : NULL);
    if (packing == BEFORE) {
      pack(kernel, call, &b, part.col_end - part.col_begin, packed);
      b = packed_block(packed, part, k_begin, k_end);
    }
    for (int64_t j = 0; j < row_blocks(part); j++) {
      run_block(kernel, call, &b, row_block(part, j));
      if (packing == ON_THE_WAY) {
        b = packed_block(packed, part, k_begin, k_end);
      }
    }
  }
}

// Rows of A and columns of B, both side by side along k, multiplied as they are.
static void run_dots(const struct f32_kernel *kernel, const struct gemm_call *call, struct rectangle part) {
  const struct tern_gemm *gemm = call->gemm;
  const struct f32_tile tile = {.a = (const float *)call->a + part.row_begin * call->a_row_stride,
                                .a_row_stride = call->a_row_stride,
                                .b = (const float *)call->b + part.col_begin * call->b_col_stride,
                                .b_panel_stride = call->b_col_stride,
                                .k = gemm->k,
                                .bias = gemm->bias ? (const float *)gemm->bias + part.col_begin : NULL,
                                .y = (float *)call->y + part.row_begin * call->y_row_stride + part.col_begin,
                                .y_row_stride = call->y_row_stride,
                                .y_min = gemm->y_min,
                                .y_max = gemm->y_max,
                                .add = gemm->beta};
  kernel->dots(&tile, part.row_end - part.row_begin, part.col_end - part.col_begin);
}

// For whole panels of a B with its columns side by side. Many tiles of one panel read each row of it from L1.
static enum packing packing_of(const struct f32_kernel *kernel, const struct gemm_call *call, int64_t rows,
                               int64_t cols) {
  const int64_t k = call->gemm->k, stride = call->b_row_stride;
  const bool far = stride >= F32_FAR || (stride % ALIASED == 0 && k > ALIASED_K);
  const bool small = kernel->panels > 1 && cols * k <= SMALL_B;
  return rows <= (far ? FEW_FAR_ROWS : FEW_ROWS) || small ? NEVER : ON_THE_WAY;
}

// The first columns of an unpacked B that are read where they are, or packed on the way. None where a copy of A by
// tiles would be made a second time for the rest.
static int64_t whole_cols(const struct f32_kernel *kernel, const struct gemm_call *call, struct rectangle part) {
  const int64_t n = part.col_end - part.col_begin, whole = call->b_fills_panels ? n : n / F32_PANEL * F32_PANEL;
  const bool copies_again = whole < n && n <= COL_BLOCK && takes_tiles(kernel, call, part);
  return call->b_col_stride != 1 || copies_again ? 0 : whole;
}

static void run_unpacked(const struct f32_kernel *kernel, const struct gemm_call *call, struct rectangle part) {
  const int64_t m = part.row_end - part.row_begin, n = part.col_end - part.col_begin;
  const int64_t dot_rows = call->gemm->k < LONG_K ? DOT_ROWS : LONG_DOT_ROWS;
  if (kernel->dots && call->b_row_stride == 1 && call->a_col_stride == 1 && m <= dot_rows) {
    run_dots(kernel, call, part);
    return;
  }
  const int64_t whole_end = part.col_begin + whole_cols(kernel, call, part);
  struct rectangle block = part;
  for (; block.col_begin < part.col_end; block.col_begin = block.col_end) {
    const bool whole = block.col_begin < whole_end;
    const enum packing packing = whole ? packing_of(kernel, call, m, n) : BEFORE;
    const int64_t end = whole ? whole_end : part.col_end;
    block.col_end = packing == NEVER ? end : min64(block.col_begin + COL_BLOCK, end);
    run_col_block(kernel, call, block, packing);
  }
}

void f32_run(const struct f32_kernel *kernel, const struct gemm_call *call, struct rectangle part) {
  if (call->packed) {
    run_packed(kernel, call, part);
  } else {
    run_unpacked(kernel, call, part);
  }
}
