// conv2d_f32.c -- f32 convolution by register tiles of GEMM, whose rows are read from a band of x
//   Blocks as for GEMM: some lines of y, some taps of packed weights that stay in L2 while all filters pass; a register
//   tile is some positions of one line. Sums of later taps are added to y, the last ones clamp.
#include "conv2d.h"
#include "gemm_f32.h"

enum {
  ROW_BLOCK = 192, // positions of y
  K_BLOCK = 768,
  SHORT_ROWS = 11, // of so many steps, fewer than this are few
  SHORT_STEPS = 2
};

int64_t f32_conv2d_workspace(const struct tern_conv2d *conv) {
  return band_bytes(conv, band_lines(conv));
}

// What a rectangle of lines and filters needs throughout.
struct context {
  const struct f32_kernel *kernel;
  const struct conv2d_call *call;
  struct band band;
  struct taps_of_band taps;
  int64_t offsets[MAX_TAPS]; // floats
  struct f32_tile tile;      // without what belongs to lines and filters
};

// Taps [begin, end) of the weights from filter `col` on.
static void place_weights(struct context *context, int64_t begin, int64_t end, int64_t col, int64_t cols) {
  const struct tern_gemm *gemm = &context->call->product;
  const bool last = end == context->taps.count;
  struct f32_tile *tile = &context->tile;
  tile->b =
      (const float *)context->call->gemm.packed + col / F32_PANEL * tile->b_panel_stride + begin * tile->k * F32_PANEL;
  tile->tap_offsets = context->offsets + begin;
  tile->taps = end - begin;
  tile->bias = gemm->bias && begin == 0 ? (const float *)gemm->bias + col : NULL;
  tile->y_min = last ? gemm->y_min : -__builtin_inff();
  tile->y_max = last ? gemm->y_max : __builtin_inff();
  tile->add = gemm->beta || begin > 0;
  tile->last_cols = (cols - 1) % F32_PANEL + 1;
}

// One line by at most one tile of filters.
static void run_line(const struct context *context, int64_t line, int64_t col, int64_t cols) {
  const struct conv2d_call *call = context->call;
  const struct tern_conv2d *conv = call->patches.conv;
  const int64_t panels = ceil_div(cols, F32_PANEL), rows = conv->out_width;
  const int64_t steps = ceil_div(rows, context->kernel->rows[panels - 1]);
  struct f32_tile tile = context->tile;
  for (int64_t step = 0; step < steps; step++) {
    const int64_t row = part_begin(rows, step, steps), next = part_begin(rows, step + 1, steps);
    tile.a = (const float *)band_row(&context->band, line, row, context->taps.line_bytes);
    tile.y = (float *)position_of(&call->y, conv, line, row) + col;
    context->kernel->bodies[panels - 1][next - row - 1](&tile);
  }
}

// Panels of a register tile. The widest with few rows, which short lines make, loads more of B than it multiplies: 512
// filters at 7 positions run at 81 GFLOP/s with four panels of 3 or 4 rows, at 101 with three of 7.
static int64_t tile_panels(const struct f32_kernel *kernel, int64_t positions) {
  const int64_t widest = kernel->panels, steps = ceil_div(positions, kernel->rows[widest - 1]);
  return widest > 1 && positions * SHORT_STEPS < SHORT_ROWS * steps ? widest - 1 : widest;
}

// Lines [begin, end), few enough, by the filters of part.
static void run_lines(struct context *context, int64_t begin, int64_t end, struct rectangle part) {
  const int64_t width = tile_panels(context->kernel, context->call->patches.conv->out_width) * F32_PANEL;
  const int64_t taps = context->taps.count;
  const int64_t blocks = min64(taps, ceil_div(taps * context->tile.k, K_BLOCK));
  band_fill(&context->band, end - 1);
  for (int64_t i = 0; i < blocks; i++) {
    for (int64_t col = part.col_begin; col < part.col_end; col += width) {
      const int64_t cols = min64(width, part.col_end - col);
      place_weights(context, part_begin(taps, i, blocks), part_begin(taps, i + 1, blocks), col, cols);
      for (int64_t line = begin; line < end; line++) {
        run_line(context, line, col, cols);
      }
    }
  }
}

static struct context context_of(const struct f32_kernel *kernel, const struct conv2d_call *call) {
  const struct tern_conv2d *conv = call->patches.conv;
  const int64_t size = sizeof(float);
  struct context context = {.kernel = kernel, .call = call, .taps = band_taps(conv, sizeof(float))};
  band_offsets(conv, context.offsets);
  for (int64_t tap = 0; tap < context.taps.count; tap++) {
    context.offsets[tap] /= size;
  }
  context.tile = (struct f32_tile){.a_row_stride = conv->stride_width * call->patches.term_bytes / size,
                                   .a_col_stride = 1,
                                   .b_row_stride = F32_PANEL,
                                   .b_panel_stride = panel_bytes(call->kernel->layout, call->product.k) / size,
                                   .k = context.taps.bytes / size,
                                   .y_row_stride = call->y.col_stride / size};
  return context;
}

void f32_conv2d(const struct f32_kernel *kernel, const struct conv2d_call *call, struct rectangle part) {
  const struct tern_conv2d *conv = call->patches.conv;
  struct context context = context_of(kernel, call);
  const int64_t most = band_lines(conv), step = max64(1, ROW_BLOCK / conv->out_width);
  for (int64_t line = part.row_begin; line < part.row_end;) {
    const int64_t image_end = (line / conv->out_height + 1) * conv->out_height;
    const int64_t next = min64(min64(line + most, image_end), part.row_end);
    context.band = (struct band){&call->patches, call->workspace, line, 0};
    for (; line < next; line = min64(line + step, next)) {
      run_lines(&context, line, min64(line + step, next), part);
    }
  }
}
