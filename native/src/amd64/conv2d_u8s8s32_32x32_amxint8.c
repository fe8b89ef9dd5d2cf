// conv2d_u8s8s32_32x32_amxint8.c -- int8 convolution on AMX tiles, whose rows are read from a band of x
//   acc[m][n] = seed[n] + sum_tap sum_k band[row m + tap][k]*w[tap][k][n];  y by epilogue_avx512.h
//   layout:    s8_n16k4, the k of each tap padded with zeros to whole steps of 64
//   registers: tile_amxint8.h. A row tile is a piece of a line of y: at most 16 positions, as equal as can be; two
//              pieces that follow each other in y make a block, of short lines four. All of k at once: the taps of a
//              block overlap, so that few KB of the band stay in L1.
//              Of few channels, a line of y has its terms in a bundle, from which whole steps are read.
//   overflow:  tdpbusd and tdpbssd wrap, and so does the specification
//   reads:     x exactly; in the band at most 63 bytes behind a tap, where weights are zero
//   target:    AMX-INT8 with 48 KB of L1 and 2 MB of L2 (Sapphire Rapids and later)
//   truth: scalar/gemm_u8s8s32_1x1_scalar.c by conv2d.c    test: conv2d_test    bench: scripts/bench conv
#include "../conv2d.h"
#include "amd64.h"
#include "bundle_avx512vbmi.h"
#include "tile_amxint8.h"

enum {
  COLUMN_BLOCK_BYTES = 1024 * 1024, // of weights that stay in L2 while lines pass
  SHORT_ROWS = MR / 4,
  MOST_PIECES = 4
};

struct workspace {
  int32_t a_sums[2][MR]; // of this block and of the one before, whose last tile is not finished yet
  int32_t acc[MR * NR];
  uint8_t band[];
};

static int64_t workspace_bytes(const struct tern_conv2d *conv) {
  const int64_t bundles = band_taps(conv, TILE_K).bundled ? 2 * bundle_bytes(conv) : 0;
  return (int64_t)sizeof(struct workspace) + band_bytes(conv, band_lines(conv)) + bundles;
}

// A run of neighbouring positions of one line.
struct piece {
  int64_t line, col, count;
};

// What a rectangle of lines and filters needs throughout.
struct context {
  const struct conv2d_call *call;
  struct taps_of_band taps;
  int64_t offsets[MAX_TAPS];
  int64_t k, pieces;     // k of all taps, padded; pieces of a line
  bool short_lines;      // of which a block has up to four
  struct gemm_call y[2]; // of this block and of the one before
  int64_t blocks;
  int64_t first, second; // rows that the tiles are configured for
  struct epilogue finished;
  struct band band;
  struct bundler bundler;
  uint8_t *bundles[2];  // of lines of y, in turn
  int64_t bundle_of[2]; // which lines they are, or -1
};

static struct piece piece_at(const struct context *context, int64_t line_begin, int64_t index) {
  const int64_t width = context->call->patches.conv->out_width, pieces = context->pieces, i = index % pieces;
  const int64_t col = part_begin(width, i, pieces);
  return (struct piece){line_begin + index / pieces, col, part_begin(width, i + 1, pieces) - col};
}

static void sum_rows(const struct context *context, const uint8_t *a, int64_t stride, int64_t rows, int32_t *sums) {
  const bool is_signed = context->call->product.a_type == TERN_S8;
  for (int64_t r = 0; r < rows && context->call->product.b_zero_points; r++) {
    sums[r] = 0;
    for (int64_t tap = 0; tap < context->taps.count; tap++) {
      sums[r] += sum_bytes(a + r * stride + context->offsets[tap], context->taps.bytes, 0, is_signed);
    }
  }
}

static const uint8_t *row_in_bundle(struct context *context, const struct piece *piece) {
  const struct tern_conv2d *conv = context->call->patches.conv;
  const int64_t turn = piece->line % 2;
  if (context->bundle_of[turn] != piece->line) {
    const uint8_t *lines[BUNDLE_LINES];
    const int64_t positions = band_lines_of(&context->band, piece->line, lines);
    bundle(&context->bundler, lines, positions, context->bundles[turn]);
    context->bundle_of[turn] = piece->line;
  }
  return context->bundles[turn] + piece->col * conv->stride_width * context->bundler.position_bytes;
}

// The row of A of a piece's first position.
static const uint8_t *row_of(struct context *context, const struct piece *piece) {
  return context->taps.bundled ? row_in_bundle(context, piece)
                               : band_row(&context->band, piece->line, piece->col, context->taps.line_bytes);
}

// Pieces of y that follow each other, as the rows of A.
static struct block block_of(struct context *context, const struct piece *pieces, int64_t count) {
  const struct conv2d_call *call = context->call;
  const int64_t lines = context->taps.bundled ? call->patches.conv->kernel_height : 1;
  const int64_t stride = call->patches.conv->stride_width * call->patches.term_bytes * lines;
  const struct piece *second = &pieces[count > 1];
  band_fill(&context->band, pieces[count - 1].line);
  const struct block block = {.a = row_of(context, pieces),
                              .a_second = row_of(context, second),
                              .a_stride = stride,
                              .row_tiles = count,
                              .rows = count > 2   ? count * pieces->count
                                      : count > 1 ? pieces->count + second->count
                                                  : pieces->count,
                              .rows_first = pieces->count,
                              .tap_offsets = context->offsets,
                              .taps = context->taps.count,
                              .steps = ceil_div(context->taps.bytes, TILE_K),
                              .first = true,
                              .last = true};
  const int64_t rows_second = count > 1 ? second->count : 0;
  if (context->first != pieces->count || context->second != rows_second) {
    configure(pieces->count, rows_second);
    context->first = pieces->count, context->second = rows_second;
  }
  return block;
}

// The sums of one tile of filters.
static void run_tiles(struct context *context, const struct block *block, const struct gemm_call *y, int64_t cols,
                      const int8_t *b) {
  const int64_t panel = panel_bytes(&layout_s8_n16k4, context->k);
  const struct workspace *workspace = y->workspace;
  if (block->row_tiles <= 2) {
    run_body(block, y->gemm, cols, b, panel, workspace->acc, &context->finished);
    return;
  }
  for (int64_t i = 0; i * PANEL < cols; i++) {
    run_short(block, y->gemm, b + i * panel, block->sums + i * PANEL, &context->finished);
    context->finished.rows = 0;
  }
}

// A block by columns [begin, end) of the weights. Its last tile is left to finish.
static void run_columns(struct context *context, struct block *block, const struct gemm_call *y, int64_t begin,
                        int64_t end, const int32_t *a_sums) {
  struct workspace *workspace = y->workspace;
  const struct tern_gemm *gemm = y->gemm;
  const int64_t panel = panel_bytes(&layout_s8_n16k4, context->k);
  for (int64_t col = begin; col < end; col += NR) {
    const int64_t cols = min64(NR, end - col);
    const int8_t *b = (const int8_t *)y->packed + col / PANEL * panel;
    const bool to_y = is_bare(gemm, col, cols);
    block->sums = to_y ? (int32_t *)y->y + col : workspace->acc;
    block->sums_stride = to_y ? y->y_row_stride : NR;
    run_tiles(context, block, y, cols, b);
    context->finished = (struct epilogue){.call = y,
                                          .acc = workspace->acc,
                                          .acc_stride = NR,
                                          .seeds = gemm->seeds + col,
                                          .a_sums = a_sums,
                                          .rows = to_y ? 0 : block->rows,
                                          .col = col,
                                          .cols = cols};
  }
}

static void run_block(struct context *context, const struct piece *pieces, int64_t count, int64_t begin, int64_t end) {
  const struct conv2d_call *call = context->call;
  struct workspace *workspace = call->workspace;
  struct gemm_call *y = &context->y[context->blocks % 2];
  int32_t *a_sums = workspace->a_sums[context->blocks++ % 2];
  struct block block = block_of(context, pieces, count);
  for (int64_t i = 0, row = 0; i < count; row += pieces[i++].count) {
    const uint8_t *a = block.a + i * (block.a_second - block.a);
    sum_rows(context, a, block.a_stride, pieces[i].count, a_sums + row);
  }
  *y = call->gemm;
  y->gemm = &call->product;
  y->workspace = workspace;
  y->y_row_stride = call->y.col_stride / size_of(call->product.y_type);
  y->y = (void *)position_of(&call->y, call->patches.conv, pieces->line, pieces->col);
  run_columns(context, &block, y, begin, end, a_sums);
}

// Whether two pieces that follow each other are at one stride in y.
static bool are_joined(const struct context *context, const struct piece *first, const struct piece *second) {
  return first->line == second->line || lines_are_joined(&context->call->y, context->call->patches.conv);
}

// How many pieces make a block, of so many that are left: two, or of short lines three or four.
static int64_t pieces_of_block(const struct context *context, int64_t left) {
  return !context->short_lines || left < 3 ? min64(left, 2) : left == 4 || left > 6 ? 4 : 3;
}

// Lines [begin, end) of y, which are of one image and whose band has room.
static void run_lines(struct context *context, int64_t line_begin, int64_t line_end, int64_t begin, int64_t end) {
  const int64_t all = (line_end - line_begin) * context->pieces;
  for (int64_t i = 0; i < all;) {
    struct piece pieces[MOST_PIECES];
    int64_t count = pieces_of_block(context, all - i);
    for (int64_t p = 0; p < count; p++) {
      pieces[p] = piece_at(context, line_begin, i + p);
    }
    if (count == 2 && !are_joined(context, &pieces[0], &pieces[1])) {
      count = 1;
    }
    run_block(context, pieces, count, begin, end);
    i += count;
  }
}

static int64_t column_block(const struct context *context) {
  return max64(NR, COLUMN_BLOCK_BYTES / (context->k + 1) / NR * NR);
}

static void begin_bundles(struct context *context) {
  const struct tern_conv2d *conv = context->call->patches.conv;
  struct workspace *workspace = context->call->workspace;
  if (context->taps.bundled) {
    context->bundler = bundler_of(conv->kernel_height, context->call->patches.term_bytes);
    for (int64_t i = 0; i < 2; i++) {
      context->bundles[i] = workspace->band + band_bytes(conv, band_lines(conv)) + i * bundle_bytes(conv);
      context->bundle_of[i] = -1;
    }
  }
}

static void run(const struct conv2d_call *call, struct rectangle part) {
  const struct tern_conv2d *conv = call->patches.conv;
  struct workspace *workspace = call->workspace;
  struct context context = {
      .call = call, .taps = band_taps(conv, TILE_K), .pieces = ceil_div(conv->out_width, TILE_ROWS)};
  band_offsets(conv, context.offsets);
  context.k = context.taps.count * round_up(context.taps.bytes, TILE_K);
  context.finished.call = &context.y[0];
  context.y[0].gemm = &call->product;
  context.short_lines = conv->out_width <= SHORT_ROWS && !context.taps.bundled && lines_are_joined(&call->y, conv);
  begin_bundles(&context);
  const int64_t most = band_lines(conv), step = column_block(&context);
  for (int64_t line = part.row_begin; line < part.row_end;) {
    const int64_t image_end = (line / conv->out_height + 1) * conv->out_height;
    const int64_t next = min64(min64(line + most, image_end), part.row_end);
    context.band = (struct band){&call->patches, workspace->band, line, 0};
    for (int64_t col = part.col_begin; col < part.col_end; col += step) {
      run_lines(&context, line, next, col, min64(col + step, part.col_end));
    }
    line = next;
  }
  epilogue_rows(&context.finished, 0, context.finished.rows);
  _tile_release();
}

const struct conv2d_kernel conv2d_u8s8s32_32x32_amxint8 = {TILE_K, workspace_bytes, run};
