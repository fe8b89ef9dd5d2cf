// gemm_u8s8s32_32x32_amxint8.c -- int8 GEMM on AMX tiles
//   acc[m][n] = seed[n] + sum_k a[m][k]*b[k][n];  y by epilogue_avx512.h
//   layout:    s8_n16k4, as for VNNI: sixteen quads of a panel are one tile of B, 16 rows (k/4) of 16 columns x 4 k
//   registers: tmm 0 1     acc, two row tiles x two panels    each step of 64 k: four tile loads of 16 cycles' worth of
//                  2 3                                        L1 bandwidth in the shade of four tdpb*sd of 16 cycles
//              tmm 4 5     A, 16 rows x 64 k, in place        tmm 6 7   B, two panels
//              The seeds are loaded as a tile with stride 0: the same row sixteen times.
//   overflow:  tdpbusd and tdpbssd wrap, and so does the specification
//   reads:     exactly K elements of each row of A: the last K % 64 come from a copy, row tiles are as high as the rows
//              that are left; panels are padded
//   target:    AMX-INT8 with 48 KB of L1 and 2 MB of L2 (Sapphire Rapids and later)
//   truth: scalar/gemm_u8s8s32_1x1_scalar.c    test: gemm_s8_test    bench: bench/lab/gemm_lab.c
#include "amd64.h"
#include "epilogue_avx512.h"

enum {
  TILE_ROWS = 16,
  TILE_K = 64,
  MR = 2 * TILE_ROWS,
  NR = 32,
  COLUMN_BLOCK_BYTES = 1024 * 1024 // of B that stay in L2 while all rows pass
};

struct tile_config {
  uint8_t palette, start_row, reserved[14];
  uint16_t row_bytes[16];
  uint8_t rows[16];
};

struct workspace {
  int32_t acc[MR * NR];
  uint8_t a_tails[MR * TILE_K]; // the last K % 64 elements of each row, then zeros
  int32_t seeds[NR];            // of the last columns, filled up
  int32_t a_sums[MR];
};

int64_t gemm_u8s8s32_32x32_amxint8_workspace(const struct tern_gemm *gemm, int64_t m) {
  (void)gemm, (void)m;
  return (int64_t)sizeof(struct workspace);
}

// A block of at most MR rows and what it takes to multiply it by a pair of panels.
struct tile {
  const uint8_t *a, *a_tails;
  int64_t a_stride, a_tiles_step; // from the first row tile to the second
  int64_t rows_first;             // of the first row tile
  const int8_t *b;
  int64_t panel_bytes, k;
  const int32_t *seeds;
  int32_t *acc;
  int64_t acc_stride;
};

static inline __attribute__((always_inline)) void multiply(const int row_tiles, const int panels,
                                                           const bool is_signed) {
  if (is_signed) {
    _tile_dpbssd(0, 4, 6);
    if (panels == 2) {
      _tile_dpbssd(1, 4, 7);
    }
    if (row_tiles == 2) {
      _tile_dpbssd(2, 5, 6);
    }
    if (row_tiles == 2 && panels == 2) {
      _tile_dpbssd(3, 5, 7);
    }
    return;
  }
  _tile_dpbusd(0, 4, 6);
  if (panels == 2) {
    _tile_dpbusd(1, 4, 7);
  }
  if (row_tiles == 2) {
    _tile_dpbusd(2, 5, 6);
  }
  if (row_tiles == 2 && panels == 2) {
    _tile_dpbusd(3, 5, 7);
  }
}

// Loads 64 k of A and B and multiplies them. `a_step` is the distance of the row tiles in bytes.
static inline __attribute__((always_inline)) void step(const uint8_t *a, int64_t a_stride, int64_t a_step,
                                                       const int8_t *b, int64_t panel_bytes, const int row_tiles,
                                                       const int panels, const bool is_signed) {
  _tile_loadd(6, b, 64);
  _tile_loadd(4, a, a_stride);
  if (panels == 2) {
    _tile_loadd(7, b + panel_bytes, 64);
  }
  if (row_tiles == 2) {
    _tile_loadd(5, a + a_step, a_stride);
  }
  multiply(row_tiles, panels, is_signed);
}

static inline __attribute__((always_inline)) void run_tile(const struct tile *tile, const int row_tiles,
                                                           const int panels, const bool is_signed) {
  const int64_t stride = tile->acc_stride * 4;
  _tile_loadd(0, tile->seeds, 0);
  if (panels == 2) {
    _tile_loadd(1, tile->seeds + 16, 0);
  }
  if (row_tiles == 2) {
    _tile_loadd(2, tile->seeds, 0);
  }
  if (row_tiles == 2 && panels == 2) {
    _tile_loadd(3, tile->seeds + 16, 0);
  }
  const int64_t whole = tile->k / TILE_K * TILE_K;
  for (int64_t k = 0; k < whole; k += TILE_K) {
    step(tile->a + k, tile->a_stride, tile->rows_first * tile->a_stride, tile->b + k * 16, tile->panel_bytes, row_tiles,
         panels, is_signed);
  }
  if (whole < tile->k) {
    step(tile->a_tails, TILE_K, tile->rows_first * TILE_K, tile->b + whole * 16, tile->panel_bytes, row_tiles, panels,
         is_signed);
  }
  int32_t *second = tile->acc + tile->rows_first * tile->acc_stride;
  _tile_stored(0, tile->acc, stride);
  if (panels == 2) {
    _tile_stored(1, tile->acc + 16, stride);
  }
  if (row_tiles == 2) {
    _tile_stored(2, second, stride);
  }
  if (row_tiles == 2 && panels == 2) {
    _tile_stored(3, second + 16, stride);
  }
}

// clang-format off
#define BODY(rows, panels)                                                                                             \
  static void tile_u8_##rows##x##panels(const struct tile *tile) { run_tile(tile, rows, panels, false); }              \
  static void tile_s8_##rows##x##panels(const struct tile *tile) { run_tile(tile, rows, panels, true); }
BODY(1, 1) BODY(1, 2) BODY(2, 1) BODY(2, 2)

// By signedness of A, row tiles - 1, panels - 1.
static void (*const BODIES[2][2][2])(const struct tile *) = {
    {{tile_u8_1x1, tile_u8_1x2}, {tile_u8_2x1, tile_u8_2x2}},
    {{tile_s8_1x1, tile_s8_1x2}, {tile_s8_2x1, tile_s8_2x2}}};
// clang-format on

// Tiles 0, 1, 4 have the rows of the first row tile, 2, 3, 5 those of the second.
static void configure(int64_t first, int64_t second) {
  struct tile_config config = {.palette = 1};
  for (int i = 0; i < 8; i++) {
    config.row_bytes[i] = 64;
    config.rows[i] = TILE_ROWS;
  }
  config.rows[0] = config.rows[1] = config.rows[4] = (uint8_t)first;
  config.rows[2] = config.rows[3] = config.rows[5] = (uint8_t)(second ? second : first);
  _tile_loadconfig(&config);
}

static struct tile prepare_rows(const struct gemm_call *call, int64_t row, int64_t rows) {
  const struct tern_gemm *gemm = call->gemm;
  struct workspace *workspace = call->workspace;
  const uint8_t *a = (const uint8_t *)call->a + row * call->a_row_stride;
  const int64_t whole = gemm->k / TILE_K * TILE_K;
  for (int64_t r = 0; r < rows; r++) {
    const uint8_t *from = a + r * call->a_row_stride;
    if (gemm->b_zero_points) {
      workspace->a_sums[r] = sum_bytes(from, gemm->k, 0, gemm->a_type == TERN_S8);
    }
    if (whole < gemm->k) {
      copy_flipped(workspace->a_tails + r * TILE_K, from + whole, gemm->k - whole, TILE_K, 0);
    }
  }
  return (struct tile){.a = a,
                       .a_tails = workspace->a_tails,
                       .a_stride = call->a_row_stride,
                       .rows_first = rows > TILE_ROWS ? (rows + 1) / 2 : rows,
                       .panel_bytes = panel_bytes(&layout_s8_n16k4, gemm->k),
                       .k = gemm->k};
}

// One pair of panels by a block of rows.
static void run_columns(const struct gemm_call *call, const struct tile *block, int64_t row, int64_t rows, int64_t col,
                        int64_t cols) {
  const struct tern_gemm *gemm = call->gemm;
  struct workspace *workspace = call->workspace;
  const bool direct = epilogue_is_store(gemm) && cols % 16 == 0;
  const int64_t panels = ceil_div(cols, 16);
  struct tile tile = *block;
  tile.b = (const int8_t *)call->packed + col / 16 * tile.panel_bytes;
  tile.seeds = gemm->seeds + col;
  if (cols % 16 != 0) {
    memcpy(workspace->seeds, tile.seeds, (size_t)cols * sizeof(int32_t));
    tile.seeds = workspace->seeds;
  }
  tile.acc = direct ? (int32_t *)call->y + row * call->y_row_stride + col : workspace->acc;
  tile.acc_stride = direct ? call->y_row_stride : NR;
  BODIES[gemm->a_type == TERN_S8][rows > TILE_ROWS][panels - 1](&tile);
  if (!direct) {
    const struct epilogue epilogue = {call, tile.acc, NR, workspace->a_sums, row, rows, col, cols};
    epilogue_run(&epilogue);
  }
}

void gemm_u8s8s32_32x32_amxint8(const struct gemm_call *call, struct rectangle part) {
  const int64_t k = call->gemm->k, rows = part.row_end - part.row_begin;
  const int64_t blocks = ceil_div(rows, MR);
  const int64_t column_block = COLUMN_BLOCK_BYTES / (k + 1) < NR ? NR : COLUMN_BLOCK_BYTES / (k + 1) / NR * NR;
  int64_t configured = 0;
  for (int64_t begin = part.col_begin; begin < part.col_end; begin += column_block) {
    const int64_t end = min64(begin + column_block, part.col_end);
    for (int64_t block = 0; block < blocks; block++) {
      const int64_t row = rows * block / blocks, count = rows * (block + 1) / blocks - row; // as equal as can be
      const struct tile tile = prepare_rows(call, part.row_begin + row, count);
      if (count != configured) {
        configure(tile.rows_first, count - tile.rows_first);
        configured = count;
      }
      for (int64_t col = begin; col < end; col += NR) {
        run_columns(call, &tile, part.row_begin + row, count, col, min64(NR, end - col));
      }
    }
  }
  _tile_release();
}
