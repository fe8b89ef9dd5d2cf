// conv2d.c -- convolution forward: blocks of patches, gathered where they are not in x already, times the filters
//   Any GEMM kernel multiplies them; depthwise kernels do without, see depthwise.c. A block stays in L2 while the
//   filters pass; what its gathering takes is one copied byte for each filters * 2 operations.
#include "conv2d.h"
#include "depthwise.h"
#include "grid.h"

#include <string.h>

enum {
  BLOCK_BYTES = 512 * 1024, // of gathered patches
  LEAST_BLOCK_ROWS = 48,
  MAX_BLOCK_ROWS = 480,
  ALIASED_BYTES = 2048, // rows at a multiple of this share few sets of L1
  MOST_FILLING = 3,     // times the steps of k: three channels at 7x7 run at 720 Gop/s in 7 steps, gathered at 540 in 3
  PANEL = 16
};

static int64_t pitch_of(const struct tern_conv2d *conv) {
  const int64_t pitch = round_up(taps_of(conv) * term_bytes(conv), TERN_ALIGNMENT);
  return pitch % ALIASED_BYTES == 0 ? pitch + TERN_ALIGNMENT : pitch;
}

// Rows of a block, at most those of all images.
static int64_t block_rows(const struct tern_conv2d *conv) {
  const int64_t rows = BLOCK_BYTES / (pitch_of(conv) + 1) / LEAST_BLOCK_ROWS * LEAST_BLOCK_ROWS;
  return max64(LEAST_BLOCK_ROWS, min64(rows, MAX_BLOCK_ROWS));
}

static int64_t group_filters(const struct tern_conv2d *conv) {
  return conv->product->n / conv->groups;
}

// The product of one group.
static struct tern_gemm group_product(const struct tern_conv2d *conv, int64_t group) {
  struct tern_gemm gemm = *conv->product;
  const int64_t first = group * group_filters(conv);
  gemm.n = group_filters(conv);
  gemm.bias = gemm.bias ? (const uint8_t *)gemm.bias + first * 4 : NULL;
  gemm.b_zero_points = gemm.b_zero_points ? gemm.b_zero_points + first : NULL;
  gemm.multipliers = gemm.multipliers ? gemm.multipliers + first : NULL;
  gemm.seeds = gemm.seeds ? gemm.seeds + first : NULL;
  return gemm;
}

// Whether the kernel reads x by taps: not where the rows of A are in x already, nor where filling the taps up takes
// more than gathering saves.
static bool reads_taps(const struct kernel *kernel, const struct tern_conv2d *conv) {
  if (!kernel->conv2d || conv->out_height * conv->out_width == 0 || taps_of(conv) <= 1) {
    return false;
  }
  const int64_t step = kernel->conv2d->tap_step;
  const struct taps_of_band taps = band_taps(conv, step);
  const int64_t filled = taps.count * round_up(taps.bytes, step);
  return taps.count <= MAX_TAPS && filled <= MOST_FILLING * round_up(taps.count * taps.bytes, step);
}

// Terms of packed weights: those of the product, or of its taps filled up.
static int64_t packed_terms(const struct kernel *kernel, const struct tern_conv2d *conv) {
  if (!reads_taps(kernel, conv)) {
    return conv->product->k;
  }
  const int64_t step = kernel->conv2d->tap_step, size = size_of(conv->product->a_type);
  const struct taps_of_band taps = band_taps(conv, step);
  return taps.count * round_up(taps.bytes, step) / size;
}

static int64_t group_bytes(int32_t kernel, const struct tern_conv2d *conv) {
  return tern_gemm_packed_bytes(kernel, group_filters(conv), packed_terms(&TERN_KERNELS[kernel], conv));
}

static bool is_depthwise(int32_t kernel) {
  return TERN_KERNELS[kernel].row.op == TERN_DEPTHWISE;
}

int64_t tern_conv2d_packed_bytes(int32_t kernel, const struct tern_conv2d *conv) {
  if (is_depthwise(kernel)) {
    return depthwise_packed_bytes(&TERN_KERNELS[kernel], conv);
  }
  return conv->groups * group_bytes(kernel, conv);
}

int64_t tern_conv2d_panels(int32_t kernel, const struct tern_conv2d *conv) {
  if (is_depthwise(kernel)) {
    return depthwise_groups(&TERN_KERNELS[kernel], conv);
  }
  return conv->groups * tern_gemm_panels(kernel, group_filters(conv));
}

// Packs rows [k_begin, k_begin + k) of B, which is [n, ...] with rows side by side; a panel of all of them takes
// `panel` bytes.
static void pack_rows(const struct kernel *kernel, int64_t n, int64_t k_begin, int64_t k, const uint8_t *b,
                      int64_t b_col_stride, int64_t panel, uint8_t *packed, int64_t panel_begin, int64_t panel_end) {
  const struct layout *layout = kernel->layout;
  const int64_t before = panel_elements_bytes(layout, k_begin), own = panel_bytes(layout, k);
  for (int64_t i = panel_begin; i < panel_end; i++) {
    kernel->pack(layout, n, k, b, 1, b_col_stride, packed + i * (panel - own) + before, i, i + 1);
  }
}

static void add_sums(const struct layout *layout, int32_t *sums, const uint8_t *trailer) {
  for (int32_t col = 0; col < layout->panel; col++) {
    sums[col] += ((const int32_t *)trailer)[col];
  }
}

// Tap after tap, each filled up; the trailer of one is overwritten by the next, and the last one's gets the sums of
// all.
static void pack_taps(const struct kernel *kernel, const struct tern_conv2d *conv, const uint8_t *weights,
                      uint8_t *packed, int64_t panel_begin, int64_t panel_end) {
  const struct taps_of_band taps = band_taps(conv, kernel->conv2d->tap_step);
  const int64_t k = packed_terms(kernel, conv), tap_k = k / taps.count, stride = conv->product->k;
  const int64_t panel = panel_bytes(kernel->layout, k);
  for (int64_t i = panel_begin; i < panel_end; i++) {
    int32_t sums[PANEL] = {0};
    uint8_t *end = packed + i * panel + panel_elements_bytes(kernel->layout, k);
    for (int64_t tap = 0; tap < taps.count; tap++) {
      pack_rows(kernel, group_filters(conv), tap * tap_k, taps.bytes, weights + tap * taps.bytes, stride, panel, packed,
                i, i + 1);
      const int64_t behind = panel_elements_bytes(kernel->layout, (taps.count - tap - 1) * tap_k);
      add_sums(kernel->layout, sums, end - behind);
    }
    memcpy(end, sums, sizeof sums);
  }
}

// Of the filters of one panel, the terms (kh, kw, c) in the order (kw, kh, c).
static void pack_bundled(const struct kernel *kernel, const struct tern_conv2d *conv, const uint8_t *weights,
                         uint8_t *packed, int64_t panel_begin, int64_t panel_end) {
  const int64_t bytes = term_bytes(conv), height = conv->kernel_height, width = conv->kernel_width;
  const int64_t k = conv->product->k, filters = group_filters(conv);
  uint8_t bundled[PANEL * MAX_BUNDLED_TERMS];
  for (int64_t i = panel_begin; i < panel_end; i++) {
    const int64_t count = min64(PANEL, filters - i * PANEL);
    for (int64_t term = 0; term < count * height * width; term++) {
      const int64_t filter = term / (height * width), kh = term / width % height, kw = term % width;
      memcpy(bundled + filter * k + (kw * height + kh) * bytes, weights + (i * PANEL * height * width + term) * bytes,
             (size_t)bytes);
    }
    kernel->pack(kernel->layout, count, k, bundled, 1, k, packed + i * panel_bytes(kernel->layout, k), 0, 1);
  }
}

void tern_conv2d_pack(int32_t kernel, const struct tern_conv2d *conv, const void *weights, void *packed,
                      int64_t panel_begin, int64_t panel_end) {
  if (is_depthwise(kernel)) {
    const struct depthwise_taps forward = {conv->kernel_height, conv->kernel_width, 0, -1, 0, -1};
    depthwise_pack(&TERN_KERNELS[kernel], conv, weights, &forward, packed, panel_begin, panel_end);
    return;
  }
  const struct kernel *entry = &TERN_KERNELS[kernel];
  const int64_t panels = tern_gemm_panels(kernel, group_filters(conv)), k = conv->product->k;
  const int64_t row_bytes = taps_of(conv) * term_bytes(conv);
  const bool by_taps = reads_taps(entry, conv) && packed_terms(entry, conv) != k;
  const bool bundled = reads_taps(entry, conv) && band_taps(conv, entry->conv2d->tap_step).bundled;
  for (int64_t group = 0; group < conv->groups; group++) {
    const int64_t begin = max64(0, panel_begin - group * panels), end = min64(panels, panel_end - group * panels);
    const uint8_t *from = (const uint8_t *)weights + group * group_filters(conv) * row_bytes;
    uint8_t *to = (uint8_t *)packed + group * group_bytes(kernel, conv);
    if (begin < end && bundled) {
      pack_bundled(entry, conv, from, to, begin, end);
    } else if (begin < end && by_taps) {
      pack_taps(entry, conv, from, to, begin, end);
    } else if (begin < end) {
      tern_gemm_pack(kernel, group_filters(conv), k, from, 1, k, to, begin, end);
    }
  }
}

// Terms of one tap of B, which are rows of the forward weights: filters of a group by its channels.
static void pack_gradient_tap(const struct kernel *kernel, const struct tern_conv2d *conv, const float *from,
                              int64_t row_stride, int64_t tap, uint8_t *packed, int64_t panel_begin,
                              int64_t panel_end) {
  const struct layout *layout = kernel->layout;
  const int64_t k = conv->product->k, filters = conv->channels / conv->groups;
  for (int64_t panel = panel_begin; panel < panel_end; panel++) {
    uint8_t *to = packed + panel * panel_bytes(layout, k) + tap * panel_elements_bytes(layout, filters);
    kernel->pack(layout, group_filters(conv), filters, from, row_stride, 1, to - panel * panel_bytes(layout, filters),
                 panel, panel + 1);
  }
}

void tern_conv2d_pack_gradient(int32_t kernel, const struct tern_conv2d *conv, const float *weights,
                               int64_t kernel_height, int64_t kernel_width, int64_t last_h, int64_t step_h,
                               int64_t last_w, int64_t step_w, void *packed, int64_t panel_begin, int64_t panel_end) {
  if (is_depthwise(kernel)) {
    const struct depthwise_taps seen = {kernel_height, kernel_width, last_h, step_h, last_w, step_w};
    depthwise_pack(&TERN_KERNELS[kernel], conv, weights, &seen, packed, panel_begin, panel_end);
    return;
  }
  const int64_t panels = tern_gemm_panels(kernel, group_filters(conv)), filters = conv->channels / conv->groups;
  const int64_t row_stride = kernel_height * kernel_width * group_filters(conv);
  for (int64_t group = 0; group < conv->groups; group++) {
    const int64_t begin = max64(0, panel_begin - group * panels), end = min64(panels, panel_end - group * panels);
    const float *from = weights + group * filters * row_stride;
    for (int64_t tap = 0; tap < taps_of(conv); tap++) {
      const int64_t kh = last_h - tap / conv->kernel_width * step_h, kw = last_w - tap % conv->kernel_width * step_w;
      pack_gradient_tap(&TERN_KERNELS[kernel], conv, from + (kh * kernel_width + kw) * group_filters(conv), row_stride,
                        tap, (uint8_t *)packed + group * group_bytes(kernel, conv), begin, end);
    }
  }
}

// Where padding is no value of the type, what it adds depends on the position.
static bool has_regions(const struct tern_conv2d *conv) {
  return conv->product->a_type == TERN_B1;
}

typedef struct taps side_taps(const struct tern_conv2d *conv, int64_t position);

static struct taps line_taps(const struct tern_conv2d *conv, int64_t line) {
  return taps_inside(line, conv->stride_height, conv->top, conv->dilation_height, conv->kernel_height, conv->height);
}

static struct taps col_taps(const struct tern_conv2d *conv, int64_t col) {
  return taps_inside(col, conv->stride_width, conv->left, conv->dilation_width, conv->kernel_width, conv->width);
}

// Regions are of neighbouring positions along a side that see the same taps.
static bool begins_region(const struct tern_conv2d *conv, side_taps *taps_of_position, int64_t position) {
  if (position == 0) {
    return true;
  }
  const struct taps before = taps_of_position(conv, position - 1), taps = taps_of_position(conv, position);
  return taps.begin != before.begin || taps.end != before.end;
}

static int64_t regions_along(const struct tern_conv2d *conv, side_taps *taps_of_position, int64_t positions) {
  int64_t count = 0;
  for (int64_t i = 0; i < positions; i++) {
    count += begins_region(conv, taps_of_position, i);
  }
  return count;
}

int64_t tern_conv2d_seed_rows(const struct tern_conv2d *conv) {
  return !has_regions(conv)
             ? 1
             : 1 + regions_along(conv, line_taps, conv->out_height) * regions_along(conv, col_taps, conv->out_width);
}

static int32_t ones_of(const uint8_t *term, int64_t bytes) {
  int32_t ones = 0;
  for (int64_t i = 0; i < bytes; i++) {
    ones += __builtin_popcount(term[i]);
  }
  return ones;
}

// With the bits of the padding 0, a tap outside adds sum_c -w = C - 2 * ones, which is taken off again:
//   sum a*w = k - 2 * popcount(a ^ w)  over all taps  -  sum over taps outside (C - 2 * ones)
static void seed_region(const struct tern_conv2d *conv, const uint8_t *weights, struct taps rows, struct taps cols,
                        int32_t *deltas) {
  const int64_t channels = conv->channels / conv->groups, bytes = term_bytes(conv), taps = taps_of(conv);
  for (int64_t filter = 0; filter < conv->product->n; filter++) {
    uint32_t delta = 0;
    for (int64_t tap = 0; tap < taps; tap++) {
      const int64_t kh = tap / conv->kernel_width, kw = tap % conv->kernel_width;
      if (kh < rows.begin || kh >= rows.end || kw < cols.begin || kw >= cols.end) {
        delta -= (uint32_t)(channels - 2 * ones_of(weights + (filter * taps + tap) * bytes, bytes));
      }
    }
    deltas[filter] = (int32_t)delta;
  }
}

static void seed_signs(const struct tern_conv2d *conv, const uint8_t *weights, int32_t *seeds) {
  const int64_t n = conv->product->n, terms = taps_of(conv) * (conv->channels / conv->groups);
  const int32_t *bias = conv->product->bias;
  for (int64_t filter = 0; filter < n; filter++) {
    seeds[filter] = (int32_t)((uint32_t)terms + (bias ? (uint32_t)bias[filter] : 0));
  }
  for (int64_t line = 0; line < conv->out_height; line++) {
    for (int64_t col = 0; begins_region(conv, line_taps, line) && col < conv->out_width; col++) {
      if (begins_region(conv, col_taps, col)) {
        seeds += n;
        seed_region(conv, weights, line_taps(conv, line), col_taps(conv, col), seeds);
      }
    }
  }
}

// Terms that fill taps up are no terms: a kernel that has them takes A of either sign as it is.
static void drop_filling(const struct tern_gemm *gemm, int64_t filling, int32_t *seeds) {
  for (int64_t col = 0; col < gemm->n && gemm->b_zero_points && filling; col++) {
    seeds[col] -= (int32_t)((uint32_t)filling * (uint32_t)gemm->a_zero_point * (uint32_t)gemm->b_zero_points[col]);
  }
}

void tern_conv2d_seeds(int32_t kernel, const struct tern_conv2d *conv, const void *weights, const void *packed,
                       int32_t *seeds) {
  if (is_depthwise(kernel)) {
    depthwise_seeds(&TERN_KERNELS[kernel], conv, weights, seeds);
    return;
  }
  if (has_regions(conv)) {
    seed_signs(conv, weights, seeds);
    return;
  }
  for (int64_t group = 0; group < conv->groups; group++) {
    struct tern_gemm gemm = group_product(conv, group);
    gemm.k = packed_terms(&TERN_KERNELS[kernel], conv);
    tern_gemm_seeds(kernel, &gemm, (const uint8_t *)packed + group * group_bytes(kernel, conv), seeds + group * gemm.n);
    drop_filling(&gemm, gemm.k - conv->product->k, seeds + group * gemm.n);
  }
}

// Tiles of one group: lines of y by columns of the kernel's tiles.
static struct grid tiles_of(const struct kernel *kernel, const struct tern_conv2d *conv, int64_t images) {
  const int64_t lines = images * conv->out_height, filters = group_filters(conv);
  return grid_of(lines, filters, 1, kernel->tile_cols, lines * conv->out_width >= filters);
}

int64_t tern_conv2d_tiles(int32_t kernel, const struct tern_conv2d *conv, int64_t images) {
  if (is_depthwise(kernel)) {
    return depthwise_tiles(&TERN_KERNELS[kernel], conv, images);
  }
  const struct grid grid = tiles_of(&TERN_KERNELS[kernel], conv, images);
  return conv->groups * grid.outer * grid.inner;
}

// Room for what the padding of signs takes off.
static int64_t padding_bytes(const struct tern_conv2d *conv) {
  const int64_t rows = MAX_BLOCK_ROWS * (int64_t)sizeof(int32_t *),
                sides = (conv->out_height + conv->out_width) * (int64_t)sizeof(struct side);
  return has_regions(conv) ? round_up(rows + sides, TERN_ALIGNMENT) : 0;
}

static int64_t kernel_workspace(const struct kernel *kernel, const struct tern_conv2d *conv) {
  const struct tern_gemm gemm = group_product(conv, 0);
  return round_up(kernel->workspace_bytes(&gemm, MAX_BLOCK_ROWS), TERN_ALIGNMENT);
}

int64_t tern_conv2d_workspace_bytes(int32_t kernel, const struct tern_conv2d *conv) {
  if (is_depthwise(kernel)) {
    return depthwise_workspace_bytes(&TERN_KERNELS[kernel], conv);
  }
  if (reads_taps(&TERN_KERNELS[kernel], conv)) {
    return round_up(TERN_KERNELS[kernel].conv2d->workspace_bytes(conv), TERN_ALIGNMENT);
  }
  return kernel_workspace(&TERN_KERNELS[kernel], conv) + padding_bytes(conv) + block_rows(conv) * pitch_of(conv);
}

// Where patches are gathered, behind what the kernel and the padding use.
static uint8_t *block_of(const struct conv2d_call *call) {
  const struct tern_conv2d *conv = call->patches.conv;
  return (uint8_t *)call->workspace + kernel_workspace(call->kernel, conv) + padding_bytes(conv);
}

static bool number_regions(const struct tern_conv2d *conv, side_taps *taps_of_position, int64_t positions, int64_t all,
                           struct side *sides) {
  bool whole = true;
  int32_t region = -1;
  for (int64_t i = 0; i < positions; i++) {
    const struct taps taps = taps_of_position(conv, i);
    region += begins_region(conv, taps_of_position, i);
    sides[i] = (struct side){region, taps.begin == 0 && taps.end == all};
    whole &= sides[i].whole;
  }
  return whole;
}

static struct padding padding_of(const struct tern_conv2d *conv, void *memory) {
  if (!has_regions(conv) || conv->out_height * conv->out_width == 0) {
    return (struct padding){0};
  }
  struct padding padding = {.rows = memory};
  struct side *lines = (struct side *)(padding.rows + MAX_BLOCK_ROWS), *cols = lines + conv->out_height;
  const bool whole = number_regions(conv, line_taps, conv->out_height, conv->kernel_height, lines) &
                     number_regions(conv, col_taps, conv->out_width, conv->kernel_width, cols);
  padding.col_regions = cols[conv->out_width - 1].region + 1;
  padding.lines = whole ? NULL : lines;
  padding.cols = cols;
  return padding;
}

// For rows [begin, end) of a span, what is added to their sums, or NULL.
static const int32_t *const *row_deltas(const struct conv2d_call *call, const struct span *span, int64_t begin,
                                        int64_t end) {
  const struct tern_conv2d *conv = call->patches.conv;
  const struct padding *padding = &call->padding;
  if (!padding->lines) {
    return NULL;
  }
  const int32_t *deltas = call->product.seeds + conv->product->n;
  int64_t line = (span->line + begin / span->cols) % conv->out_height, col = begin % span->cols;
  for (int64_t row = begin; row < end; row++) {
    const struct side *vertical = &padding->lines[line], *horizontal = &padding->cols[span->col + col];
    const int64_t region = vertical->region * padding->col_regions + horizontal->region;
    padding->rows[row - begin] = vertical->whole && horizontal->whole ? NULL : deltas + region * conv->product->n;
    if (++col == span->cols) {
      col = 0;
      line = line + 1 == conv->out_height ? 0 : line + 1;
    }
  }
  return padding->rows;
}

// In place, the rows of A are as far apart as positions; else they have been gathered.
static void place_rows(const struct conv2d_call *call, const struct span *span, int64_t begin, int64_t end,
                       bool in_place, struct gemm_call *gemm) {
  const struct tern_conv2d *conv = call->patches.conv;
  const int64_t bits = conv->product->a_type == TERN_B1 ? 1 : 8 * size_of(conv->product->a_type);
  int64_t stride = pitch_of(conv);
  gemm->a = block_of(call);
  if (in_place) {
    const struct images *x = &call->patches.x;
    stride = span->cols == 1 ? conv->stride_height * x->row_stride : conv->stride_width * x->col_stride;
    gemm->a = origin_of(x, conv, span->line + begin / span->cols, span->col + begin % span->cols);
  } else {
    patches_gather(&call->patches, span, begin, end, 0, taps_of(conv), block_of(call), stride);
  }
  gemm->a_row_stride = stride * 8 / bits;
}

static void run_span(const struct conv2d_call *call, const struct span *span, int64_t col_begin, int64_t col_end) {
  const struct tern_conv2d *conv = call->patches.conv;
  const int64_t size = size_of(conv->product->y_type), rows = span->lines * span->cols;
  const bool in_place = patches_are_in_place(&call->patches, span);
  const int64_t blocks = ceil_div(rows, in_place ? max64(rows, 1) : block_rows(conv));
  for (int64_t i = 0; i < blocks; i++) {
    const int64_t begin = part_begin(rows, i, blocks), end = part_begin(rows, i + 1, blocks);
    struct gemm_call gemm = call->gemm;
    gemm.gemm = &call->product;
    gemm.m = end - begin;
    gemm.row_deltas = row_deltas(call, span, begin, end);
    gemm.a_scales = call->gemm.a_scales ? call->gemm.a_scales + span->line * conv->out_width + begin : NULL;
    place_rows(call, span, begin, end, in_place, &gemm);
    gemm.y = (void *)position_of(&call->y, conv, span->line + begin / span->cols, span->col + begin % span->cols);
    gemm.y_row_stride = (span->cols == 1 ? call->y.row_stride : call->y.col_stride) / size;
    call->kernel->run(&gemm, (struct rectangle){0, end - begin, col_begin, col_end});
  }
}

static void run_taps(const void *context, struct rectangle part) {
  const struct conv2d_call *call = context;
  call->kernel->conv2d->run(call, part);
}

// At once where y has all positions at one stride, else line by line.
static void run_rectangle(const void *context, struct rectangle part) {
  const struct conv2d_call *call = context;
  const struct tern_conv2d *conv = call->patches.conv;
  const int64_t lines = part.row_end - part.row_begin;
  const int64_t step = lines_are_joined(&call->y, conv) ? max64(lines, 1) : 1;
  for (int64_t line = 0; line < lines; line += step) {
    const struct span span = {part.row_begin + line, step, 0, conv->out_width};
    run_span(call, &span, part.col_begin, part.col_end);
  }
}

void tern_conv2d_run(int32_t kernel, const struct tern_conv2d *conv, const void *packed, int64_t images, const void *x,
                     int64_t x_image_stride, int64_t x_row_stride, int64_t x_col_stride, const float *a_scales, void *y,
                     int64_t y_image_stride, int64_t y_row_stride, int64_t y_col_stride, int64_t tile_begin,
                     int64_t tile_end, void *workspace) {
  const struct kernel *entry = &TERN_KERNELS[kernel];
  const struct images x_images = images_of(x, conv->product->a_type, x_image_stride, x_row_stride, x_col_stride);
  const struct images y_images =
      outputs_of(conv, images_of(y, conv->product->y_type, y_image_stride, y_row_stride, y_col_stride));
  if (is_depthwise(kernel)) {
    depthwise_run(entry, conv, packed, images, x_images, y_images, tile_begin, tile_end, workspace);
    return;
  }
  const struct grid grid = tiles_of(entry, conv, images);
  const int64_t tiles = grid.outer * grid.inner, y_size = size_of(conv->product->y_type);
  for (int64_t group = 0; group < conv->groups; group++) {
    const int64_t begin = max64(0, tile_begin - group * tiles), end = min64(tiles, tile_end - group * tiles);
    if (begin >= end) {
      continue;
    }
    struct conv2d_call call = {.kernel = entry,
                               .patches = patches_of(conv, x_images, group),
                               .y = y_images,
                               .product = group_product(conv, group),
                               .padding = padding_of(conv, (uint8_t *)workspace + kernel_workspace(entry, conv)),
                               .workspace = workspace};
    call.y.at += group * group_filters(conv) * y_size;
    call.gemm = (struct gemm_call){.packed = (const uint8_t *)packed + group * group_bytes(kernel, conv),
                                   .a_col_stride = 1,
                                   .a_scales = a_scales,
                                   .workspace = workspace};
    grid_run(&grid, begin, end, reads_taps(entry, conv) ? run_taps : run_rectangle, &call);
  }
}
