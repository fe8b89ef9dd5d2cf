// gemm_u8s8s32_32x32_amxint8.c -- int8 GEMM on AMX tiles
//   acc[m][n] = seed[n] + sum_k a[m][k]*b[k][n];  y by epilogue_avx512.h
//   layout:    s8_n16k4, as for VNNI: sixteen quads of a panel are one tile of B, 16 rows (k/4) of 16 columns x 4 k
//   registers: tile_amxint8.h
//   overflow:  tdpbusd and tdpbssd wrap, and so does the specification
//   reads:     exactly K elements of each row of A: whole steps of k in place, the rest from a copy with zeros behind
//              it; row tiles are as high as the rows that are left; panels are padded
//   target:    AMX-INT8 with 48 KB of L1 and 2 MB of L2 (Sapphire Rapids and later)
//   truth: scalar/gemm_u8s8s32_1x1_scalar.c    test: gemm_s32_test    bench: bench/lab/gemm_lab.c
#include "amd64.h"
#include "tile_amxint8.h"

enum {
  K_BLOCK = 1024,                   // 32 KB of A that stay in L1 while B passes
  COLUMN_BLOCK_BYTES = 1024 * 1024, // of B that stay in L2 while A passes
  LARGE_BYTES = 512 * 1024          // from here on y may not be in L2
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

// Block `index` of `count` of K, for rows of A.
static struct block block_of(const struct gemm_call *call, int64_t row, int64_t rows, int64_t index, int64_t count) {
  const int64_t k = call->gemm->k, steps = ceil_div(k, TILE_K);
  const int64_t from = part_begin(steps, index, count), to = part_begin(steps, index + 1, count);
  const int64_t rest = index + 1 == count ? k % TILE_K : 0;
  static const int64_t ONE_TAP[1] = {0};
  const int64_t rows_first = rows > TILE_ROWS ? (rows + 1) / 2 : rows;
  const uint8_t *a = (const uint8_t *)call->a + row * call->a_row_stride + from * TILE_K;
  struct block block = {.a = a,
                        .a_second = a + rows_first * call->a_row_stride,
                        .a_stride = call->a_row_stride,
                        .tap_offsets = ONE_TAP,
                        .taps = 1,
                        .row_tiles = ceil_div(rows, TILE_ROWS),
                        .rows = rows,
                        .rows_first = rows_first,
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

// A block by columns [begin, end). The last tile may be left to finish.
static void run_columns(const struct gemm_call *call, struct block *block, int64_t row, int64_t begin, int64_t end,
                        const int32_t *a_sums, struct epilogue *finished) {
  const struct tern_gemm *gemm = call->gemm;
  struct workspace *workspace = call->workspace;
  const int64_t panel = panel_bytes(&layout_s8_n16k4, gemm->k);
  const bool large_y = call->m * gemm->n * (int64_t)sizeof(int32_t) >= LARGE_BYTES;
  for (int64_t col = begin; col < end; col += NR) {
    const int64_t cols = min64(NR, end - col);
    const int8_t *b = (const int8_t *)call->packed + col / PANEL * panel + block->k_begin * PANEL;
    int32_t *acc = workspace->acc + (gemm->k > K_BLOCK ? (col - begin) * MR : 0);
    const bool to_y = block->last && is_bare(gemm, col, cols);
    block->sums = to_y ? (int32_t *)call->y + row * call->y_row_stride + col : acc;
    block->sums_stride = to_y ? call->y_row_stride : NR;
    block->sums_ahead = to_y && large_y ? ceil_div(block->rows, max64(block->steps, 1)) : 0;
    run_body(block, gemm, cols, b, panel, acc, finished);
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
  struct epilogue finished = {.call = call};
  int64_t configured = 0;
  for (int64_t begin = part.col_begin; begin < part.col_end; begin += step) {
    const int64_t end = min64(begin + step, part.col_end);
    for (int64_t block = 0; block < blocks; block++) {
      const int64_t row = part_begin(rows, block, blocks),
                    count = part_begin(rows, block + 1, blocks) - row; // as equal as can be
      int32_t *a_sums = workspace->a_sums[block % 2];
      sum_rows(call, part.row_begin + row, count, a_sums);
      if (count != configured) {
        const int64_t first = count > TILE_ROWS ? (count + 1) / 2 : count;
        configure(first, count - first);
        configured = count;
      }
      for (int64_t i = 0; i < k_blocks; i++) {
        struct block current = block_of(call, part.row_begin + row, count, i, k_blocks);
        run_columns(call, &current, part.row_begin + row, begin, end, a_sums, &finished);
      }
    }
  }
  epilogue_rows(&finished, 0, finished.rows);
  _tile_release();
}
