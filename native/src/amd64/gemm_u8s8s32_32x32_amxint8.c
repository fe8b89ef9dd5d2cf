// gemm_u8s8s32_32x32_amxint8.c -- int8 GEMM on AMX tiles
//   acc[m][n] = seed[n] + sum_k a[m][k]*b[k][n];  y by epilogue_avx512.h
//   layout:    s8_n16k4, as for VNNI: sixteen quads of a panel are one tile of B, 16 rows (k/4) of 16 columns x 4 k
//   registers: tmm 0 1     acc, two row tiles x two panels    each step of 64 k: four tile loads of 8 cycles in the
//                  2 3                                        shade of four tdpb*sd of 16 cycles
//              tmm 4 5     A, 16 rows x 64 k                  tmm 6 7   B, two panels
//              Storing a tile takes the multiplier's 16 cycles, measured; what follows does not: after each step, the
//              vector units bring some rows of the tile before into y. Sums that nothing is added to are stored into y
//              at once.
//   overflow:  tdpbusd and tdpbssd wrap, and so does the specification
//   reads:     exactly K elements of each row of A: whole steps of k in place, the rest from a copy with zeros behind
//              it; row tiles are as high as the rows that are left; panels are padded
//   target:    AMX-INT8 with 48 KB of L1 and 2 MB of L2 (Sapphire Rapids and later)
//   truth: scalar/gemm_u8s8s32_1x1_scalar.c    test: gemm_s32_test    bench: bench/lab/gemm_lab.c
#include "amd64.h"
#include "epilogue_avx512.h"

enum {
  TILE_ROWS = 16,
  TILE_K = 64,
  TILE_BYTES = TILE_ROWS * TILE_K,
  MR = 2 * TILE_ROWS,
  NR = 2 * PANEL,
  K_BLOCK = 1024,                   // 32 KB of A that stay in L1 while B passes
  MIN_EPILOGUE_ROWS = 16,           // at a time: fewer do not repay what the rows share
  COLUMN_BLOCK_BYTES = 1024 * 1024, // of B that stay in L2 while A passes
  LARGE_BYTES = 512 * 1024          // from here on A, or y, may not be in L2
};

struct tile_config {
  uint8_t palette, start_row, reserved[14];
  uint16_t row_bytes[16];
  uint8_t rows[16];
};

struct workspace {
  uint8_t tail[MR * TILE_K];
  int32_t a_sums[2][MR]; // of this block of rows and of the one before, whose last tile is not finished yet
  int32_t acc[];         // of MR x NR; one for each pair of panels where K takes several blocks
};

// Columns of B that stay in L2; all of K.
static int64_t column_block(const struct tern_gemm *gemm) {
  const int64_t cols = COLUMN_BLOCK_BYTES / (gemm->k + 1) / NR * NR;
  return cols < NR ? NR : min64(cols, round_up(gemm->n, NR));
}

int64_t gemm_u8s8s32_32x32_amxint8_workspace(const struct tern_gemm *gemm, int64_t m) {
  (void)m;
  const int64_t tiles = gemm->k > K_BLOCK ? column_block(gemm) / NR : 1;
  return (int64_t)sizeof(struct workspace) + tiles * MR * NR * (int64_t)sizeof(int32_t);
}

// A block of rows and of k.
struct block {
  const uint8_t *a;
  int64_t a_stride;
  int64_t rows, rows_first;     // rows_first: of the first row tile
  int64_t k_begin, steps;       // whole steps of TILE_K
  const uint8_t *tail;          // NULL, or a step more: rows of what is left of k, then zeros
  const uint8_t *next;          // rows of A that come after these
  int64_t next_begin, next_end; // of them, to bring near while this tile is multiplied
  bool first, last;             // of the blocks of k
  int32_t *sums;                // where the tile's sums go
  int64_t sums_stride;
  int64_t sums_ahead; // rows of them to ask for in each step
};

static inline __attribute__((always_inline)) void multiply(const int row_tiles, const int panels,
                                                           const bool is_signed) {
#define MULTIPLY(acc, a, b)                                                                                            \
  if (is_signed) {                                                                                                     \
    _tile_dpbssd(acc, a, b);                                                                                           \
  } else {                                                                                                             \
    _tile_dpbusd(acc, a, b);                                                                                           \
  }
  MULTIPLY(0, 4, 6)
  if (panels == 2) {
    MULTIPLY(1, 4, 7)
  }
  if (row_tiles == 2) {
    MULTIPLY(2, 5, 6)
  }
  if (row_tiles == 2 && panels == 2) {
    MULTIPLY(3, 5, 7)
  }
#undef MULTIPLY
}

static inline __attribute__((always_inline)) void begin(const int32_t *acc, const struct block *block,
                                                        const int row_tiles, const int panels) {
  const int32_t *second = acc + block->rows_first * NR;
  if (block->first) {
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    return;
  }
  _tile_loadd(0, acc, NR * 4);
  if (panels == 2) {
    _tile_loadd(1, acc + PANEL, NR * 4);
  }
  if (row_tiles == 2) {
    _tile_loadd(2, second, NR * 4);
  }
  if (row_tiles == 2 && panels == 2) {
    _tile_loadd(3, second + PANEL, NR * 4);
  }
}

static inline __attribute__((always_inline)) void store(const struct block *block, const int row_tiles,
                                                        const int panels) {
  const int64_t stride = block->sums_stride;
  int32_t *first = block->sums, *second = first + block->rows_first * stride;
  _tile_stored(0, first, stride * 4);
  if (panels == 2) {
    _tile_stored(1, first + PANEL, stride * 4);
  }
  if (row_tiles == 2) {
    _tile_stored(2, second, stride * 4);
  }
  if (row_tiles == 2 && panels == 2) {
    _tile_stored(3, second + PANEL, stride * 4);
  }
}

// One step of k. B passes by with the hint not to displace A in L1.
static inline __attribute__((always_inline)) void step(const uint8_t *a, int64_t a_stride, int64_t a_second,
                                                       const int8_t *b, int64_t panel_bytes, const int row_tiles,
                                                       const int panels, const bool is_signed) {
  _tile_stream_loadd(6, b, TILE_K);
  _tile_loadd(4, a, a_stride);
  if (panels == 2) {
    _tile_stream_loadd(7, b + panel_bytes, TILE_K);
  }
  if (row_tiles == 2) {
    _tile_loadd(5, a + a_second * a_stride, a_stride);
  }
  multiply(row_tiles, panels, is_signed);
}

// Row tiles by panels: sums = acc + a * b. In the meantime `finished` is brought into y.
static inline __attribute__((always_inline)) void run_tile(const struct block *block, const int8_t *b,
                                                           int64_t panel_bytes, const int32_t *acc,
                                                           const struct epilogue *finished, const int row_tiles,
                                                           const int panels, const bool is_signed) {
  const uint8_t *a = block->a;
  const int64_t share = max64(ceil_div(finished->rows, max64(block->steps, 1)), MIN_EPILOGUE_ROWS);
  int64_t row = 0;
  begin(acc, block, row_tiles, panels);
  for (int64_t i = 0; i < block->steps; i++, a += TILE_K, b += TILE_BYTES) {
    step(a, block->a_stride, block->rows_first, b, panel_bytes, row_tiles, panels, is_signed);
    for (int64_t r = block->next_begin; r < block->next_end; r++) {
      _mm_prefetch(block->next + r * block->a_stride + i * TILE_K, _MM_HINT_T1);
    }
    for (int64_t r = i * block->sums_ahead; r < min64((i + 1) * block->sums_ahead, block->rows); r++) {
      __builtin_prefetch(block->sums + r * block->sums_stride, 1);
      __builtin_prefetch(block->sums + r * block->sums_stride + PANEL, 1);
    }
    if (row < finished->rows) {
      epilogue_rows(finished, row, min64(row + share, finished->rows));
      row += share;
    }
  }
  if (block->tail) {
    step(block->tail, TILE_K, block->rows_first, b, panel_bytes, row_tiles, panels, is_signed);
  }
  if (row < finished->rows) { // there was no whole step
    epilogue_rows(finished, row, finished->rows);
  }
  store(block, row_tiles, panels);
}

// clang-format off
typedef void body(const struct block *, const int8_t *, int64_t, const int32_t *, const struct epilogue *);
#define BODY(rows, panels)                                                                                             \
  static void tile_u8_##rows##x##panels(const struct block *block, const int8_t *b, int64_t panel_bytes,               \
                                        const int32_t *acc, const struct epilogue *finished) {                               \
    run_tile(block, b, panel_bytes, acc, finished, rows, panels, false);                                               \
  }                                                                                                                    \
  static void tile_s8_##rows##x##panels(const struct block *block, const int8_t *b, int64_t panel_bytes,               \
                                        const int32_t *acc, const struct epilogue *finished) {                               \
    run_tile(block, b, panel_bytes, acc, finished, rows, panels, true);                                                \
  }
BODY(1, 1) BODY(1, 2) BODY(2, 1) BODY(2, 2)

// By signedness of A, row tiles - 1, panels - 1.
static body *const BODIES[2][2][2] = {
    {{tile_u8_1x1, tile_u8_1x2}, {tile_u8_2x1, tile_u8_2x2}},
    {{tile_s8_1x1, tile_s8_1x2}, {tile_s8_2x1, tile_s8_2x2}}};
// clang-format on

// Tiles 0, 1, 4 have the rows of the first row tile, 2, 3, 5 those of the second.
static void configure(int64_t rows) {
  const int64_t first = rows > TILE_ROWS ? (rows + 1) / 2 : rows;
  struct tile_config config = {.palette = 1};
  for (int i = 0; i < 8; i++) {
    config.row_bytes[i] = TILE_K;
    config.rows[i] = TILE_ROWS;
  }
  config.rows[0] = config.rows[1] = config.rows[4] = (uint8_t)first;
  config.rows[2] = config.rows[3] = config.rows[5] = (uint8_t)(rows > first ? rows - first : first);
  _tile_loadconfig(&config);
}

// Block `index` of `count` of K, for rows of A.
static struct block block_of(const struct gemm_call *call, int64_t row, int64_t rows, int64_t index, int64_t count) {
  const int64_t k = call->gemm->k, steps = ceil_div(k, TILE_K);
  const int64_t from = part_begin(steps, index, count), to = part_begin(steps, index + 1, count);
  const int64_t rest = index + 1 == count ? k % TILE_K : 0;
  struct block block = {.a = (const uint8_t *)call->a + row * call->a_row_stride + from * TILE_K,
                        .a_stride = call->a_row_stride,
                        .next = (const uint8_t *)call->a + (row + rows) * call->a_row_stride + from * TILE_K,
                        .rows = rows,
                        .rows_first = rows > TILE_ROWS ? (rows + 1) / 2 : rows,
                        .k_begin = from * TILE_K,
                        .steps = to - from - (rest > 0),
                        .first = index == 0,
                        .last = index + 1 == count};
  if (rest > 0) {
    struct workspace *workspace = call->workspace;
    const __mmask64 mask = ~0ULL >> (TILE_K - rest);
    const uint8_t *left = block.a + block.steps * TILE_K;
    for (int64_t r = 0; r < rows; r++) {
      _mm512_store_si512(workspace->tail + r * TILE_K, _mm512_maskz_loadu_epi8(mask, left + r * call->a_row_stride));
    }
    block.tail = workspace->tail;
  }
  return block;
}

// Whether y of these columns is the bare sums, of whole panels.
static bool is_bare(const struct tern_gemm *gemm, int64_t col, int64_t cols) {
  if (!epilogue_is_store(gemm) || cols % PANEL != 0) {
    return false;
  }
  __m512i any = _mm512_loadu_si512(gemm->seeds + col);
  if (cols > PANEL) {
    any = _mm512_or_si512(any, _mm512_loadu_si512(gemm->seeds + col + PANEL));
  }
  return _mm512_test_epi32_mask(any, any) == 0;
}

// A block by columns [begin, end), each tile with its share of the `ahead` rows that follow. The last tile may be left
// to finish.
static void run_columns(const struct gemm_call *call, struct block *block, int64_t ahead, int64_t row, int64_t begin,
                        int64_t end, const int32_t *a_sums, struct epilogue *finished) {
  const struct tern_gemm *gemm = call->gemm;
  struct workspace *workspace = call->workspace;
  const int64_t panel = panel_bytes(&layout_s8_n16k4, gemm->k), tiles = ceil_div(end - begin, NR);
  const bool large_y = call->m * gemm->n * (int64_t)sizeof(int32_t) >= LARGE_BYTES;
  for (int64_t col = begin; col < end; col += NR) {
    const int64_t cols = min64(NR, end - col);
    const int8_t *b = (const int8_t *)call->packed + col / PANEL * panel + block->k_begin * PANEL;
    int32_t *acc = workspace->acc + (gemm->k > K_BLOCK ? (col - begin) * MR : 0);
    const bool to_y = block->last && is_bare(gemm, col, cols);
    block->sums = to_y ? (int32_t *)call->y + row * call->y_row_stride + col : acc;
    block->sums_stride = to_y ? call->y_row_stride : NR;
    block->sums_ahead = to_y && large_y ? ceil_div(block->rows, max64(block->steps, 1)) : 0;
    block->next_begin = part_begin(ahead, (col - begin) / NR, tiles);
    block->next_end = part_begin(ahead, (col - begin) / NR + 1, tiles);
    BODIES[gemm->a_type == TERN_S8][block->rows > TILE_ROWS][cols > PANEL](block, b, panel, acc, finished);
    finished->rows = 0;
    if (block->last && !to_y) {
      *finished = (struct epilogue){.call = call,
                                    .acc = acc,
                                    .acc_stride = NR,
                                    .seeds = gemm->seeds + col,
                                    .a_sums = a_sums,
                                    .row = row,
                                    .rows = block->rows,
                                    .col = col,
                                    .cols = cols};
    }
  }
}

static void sum_rows(const struct gemm_call *call, int64_t row, int64_t rows, int32_t *a_sums) {
  for (int64_t r = 0; r < rows && call->gemm->b_zero_points; r++) {
    const uint8_t *a = (const uint8_t *)call->a + (row + r) * call->a_row_stride;
    a_sums[r] = sum_bytes(a, call->gemm->k, 0, call->gemm->a_type == TERN_S8);
  }
}

void gemm_u8s8s32_32x32_amxint8(const struct gemm_call *call, struct rectangle part) {
  struct workspace *workspace = call->workspace;
  const int64_t rows = part.row_end - part.row_begin, blocks = ceil_div(rows, MR), step = column_block(call->gemm);
  const int64_t k_blocks = call->gemm->k > K_BLOCK ? ceil_div(call->gemm->k, K_BLOCK) : 1;
  const bool large = rows * call->gemm->k >= LARGE_BYTES;
  struct epilogue finished = {.call = call};
  int64_t configured = 0;
  for (int64_t begin = part.col_begin; begin < part.col_end; begin += step) {
    const int64_t end = min64(begin + step, part.col_end);
    for (int64_t block = 0; block < blocks; block++) {
      const int64_t row = part_begin(rows, block, blocks),
                    count = part_begin(rows, block + 1, blocks) - row; // as equal as can be
      const int64_t ahead = large ? part_begin(rows, min64(block + 2, blocks), blocks) - row - count : 0;
      int32_t *a_sums = workspace->a_sums[block % 2];
      sum_rows(call, part.row_begin + row, count, a_sums);
      if (count != configured) {
        configure(count);
        configured = count;
      }
      for (int64_t i = 0; i < k_blocks; i++) {
        struct block current = block_of(call, part.row_begin + row, count, i, k_blocks);
        run_columns(call, &current, ahead, part.row_begin + row, begin, end, a_sums, &finished);
      }
    }
  }
  epilogue_rows(&finished, 0, finished.rows);
  _tile_release();
}
