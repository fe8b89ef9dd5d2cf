// conv2d_weights.c -- the gradient of a convolution by its weights: dw = dy^T * patches, a block of positions at a time
//   dw[o][tap][c] = sum over positions p of dy[p][o] * patch[p][tap][c]: a GEMM with m = filters, n = terms, k =
//   positions. Threads share filters and taps; the positions run in the same blocks however they do, so that the sum
//   does not depend on the number of threads.
#include "gemm_f32.h"
#include "grid.h"
#include "patches.h"

enum {
  TILE_FILTERS = 24,
  FEW_FILTERS = 8,           // of a tile of all taps
  BLOCK_FLOATS = 192 * 1024, // of gathered patches: 768 KB
  LEAST_POSITIONS = 64,
  MAX_POSITIONS = 768,
  PANEL_POSITIONS = 256, // where a tile is one panel, which stays in L1 with so many
  ENOUGH_TAPS = 8        // for the threads to share them alone, and so to gather each once
};

static int64_t terms_of(const struct tern_conv2d *conv) {
  return taps_of(conv) * (conv->channels / conv->groups);
}

static int64_t block_positions(const struct tern_conv2d *conv) {
  return max64(LEAST_POSITIONS, min64(BLOCK_FLOATS / (terms_of(conv) + 1), MAX_POSITIONS));
}

// Floats from one gathered patch to the next, which fill panels.
static int64_t pitch_of(int64_t terms) {
  return round_up(terms, F32_PANEL);
}

// Tiles of one group: filters by taps. Taps that fill no panel stay together.
static struct grid tiles_of(const struct tern_conv2d *conv) {
  const int64_t filters = conv->product->n / conv->groups, taps = taps_of(conv);
  if (conv->channels / conv->groups < F32_PANEL && taps > 0) {
    return grid_of(filters, taps, FEW_FILTERS, taps, true);
  }
  return grid_of(filters, taps, TILE_FILTERS, 1, taps < ENOUGH_TAPS);
}

int64_t tern_conv2d_weights_tiles(const struct tern_conv2d *conv) {
  const struct grid grid = tiles_of(conv);
  return conv->groups * grid.outer * grid.inner;
}

static struct tern_gemm gradient(const struct tern_conv2d *conv, int64_t positions) {
  return (struct tern_gemm){.n = terms_of(conv),
                            .k = positions,
                            .a_type = TERN_F32,
                            .y_type = TERN_F32,
                            .y_min = -__builtin_inff(),
                            .y_max = __builtin_inff(),
                            .beta = conv->product->beta};
}

static int64_t kernel_workspace(const struct tern_conv2d *conv) {
  const struct tern_gemm gemm = gradient(conv, block_positions(conv));
  return round_up(f32_unpacked_workspace(&gemm, conv->product->n), TERN_ALIGNMENT);
}

int64_t tern_conv2d_weights_workspace_bytes(const struct tern_conv2d *conv) {
  const int64_t block = block_positions(conv) * pitch_of(terms_of(conv)) * (int64_t)sizeof(float);
  return kernel_workspace(conv) + round_up(block, TERN_ALIGNMENT);
}

// A run for one group.
struct weights_call {
  const struct kernel *kernel;
  struct patches patches;
  struct images dy;
  float *dw; // of the group
  int64_t images;
  void *workspace;
};

// Positions [begin, end) of a span, for filters and taps of part.
static void run_block(const struct weights_call *call, const struct span *span, int64_t begin, int64_t end, bool add,
                      struct rectangle part) {
  const struct tern_conv2d *conv = call->patches.conv;
  const int64_t channels = conv->channels / conv->groups, terms = (part.col_end - part.col_begin) * channels;
  float *block = (float *)((uint8_t *)call->workspace + kernel_workspace(conv));
  struct tern_gemm gemm = gradient(conv, end - begin);
  gemm.beta = add || gemm.beta;
  struct gemm_call product = {.gemm = &gemm,
                              .b = block,
                              .b_row_stride = pitch_of(terms),
                              .b_col_stride = 1,
                              .b_fills_panels = true,
                              .m = part.row_end,
                              .a_row_stride = 1,
                              .a_col_stride = call->dy.col_stride / (int64_t)sizeof(float),
                              .y = call->dw + part.col_begin * channels,
                              .y_row_stride = terms_of(conv),
                              .workspace = call->workspace};
  const int64_t line = span->line + begin / span->cols, col = begin % span->cols;
  product.a = position_of(&call->dy, conv, line, col);
  if (patches_are_in_place(&call->patches, span)) {
    product.b = origin_of(&call->patches.x, conv, line, col);
    product.b_row_stride = conv->stride_width * call->patches.x.col_stride / (int64_t)sizeof(float);
    product.b_fills_panels = false;
  } else {
    patches_gather(&call->patches, span, begin, end, part.col_begin, part.col_end, (uint8_t *)block,
                   pitch_of(terms) * (int64_t)sizeof(float));
  }
  call->kernel->run(&product, (struct rectangle){part.row_begin, part.row_end, 0, terms});
}

// Blocks are the same whatever part is.
static void run_span(const struct weights_call *call, const struct span *span, bool add, struct rectangle part) {
  const int64_t rows = span->lines * span->cols;
  const int64_t most = call->kernel->row.nr == F32_PANEL ? PANEL_POSITIONS : MAX_POSITIONS;
  const int64_t blocks = ceil_div(rows, min64(most, block_positions(call->patches.conv)));
  for (int64_t i = 0; i < blocks; i++) {
    run_block(call, span, part_begin(rows, i, blocks), part_begin(rows, i + 1, blocks), add || i > 0, part);
  }
}

static void clear(const struct weights_call *call, struct rectangle part) {
  const struct tern_conv2d *conv = call->patches.conv;
  const int64_t channels = conv->channels / conv->groups;
  for (int64_t row = part.row_begin; row < part.row_end; row++) {
    float *dw = call->dw + row * terms_of(conv);
    for (int64_t i = part.col_begin * channels; i < part.col_end * channels; i++) {
      dw[i] = 0;
    }
  }
}

static void run_rectangle(const void *context, struct rectangle part) {
  const struct weights_call *call = context;
  const struct tern_conv2d *conv = call->patches.conv;
  const int64_t lines = call->images * conv->out_height;
  if (lines * conv->out_width == 0) {
    if (!conv->product->beta) {
      clear(call, part);
    }
    return;
  }
  if (lines_are_joined(&call->dy, conv)) {
    const struct span all = {0, lines, 0, conv->out_width};
    run_span(call, &all, false, part);
    return;
  }
  for (int64_t line = 0; line < lines; line++) {
    const struct span span = {line, 1, 0, conv->out_width};
    run_span(call, &span, line > 0, part);
  }
}

void tern_conv2d_weights_run(int32_t kernel, const struct tern_conv2d *conv, int64_t images, const float *x,
                             int64_t x_image_stride, int64_t x_row_stride, int64_t x_col_stride, const float *dy,
                             int64_t dy_image_stride, int64_t dy_row_stride, int64_t dy_col_stride, float *dw,
                             int64_t tile_begin, int64_t tile_end, void *workspace) {
  const struct grid grid = tiles_of(conv);
  const int64_t tiles = grid.outer * grid.inner, filters = conv->product->n / conv->groups;
  const struct images x_images = images_of(x, TERN_F32, x_image_stride, x_row_stride, x_col_stride);
  for (int64_t group = 0; group < conv->groups; group++) {
    const int64_t begin = max64(0, tile_begin - group * tiles), end = min64(tiles, tile_end - group * tiles);
    const struct weights_call call = {
        .kernel = &TERN_KERNELS[kernel],
        .patches = patches_of(conv, x_images, group),
        .dy = images_of(dy + group * filters, TERN_F32, dy_image_stride, dy_row_stride, dy_col_stride),
        .dw = dw + group * filters * terms_of(conv),
        .images = images,
        .workspace = workspace};
    grid_run(&grid, begin, end, run_rectangle, &call);
  }
}
