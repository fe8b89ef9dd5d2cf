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

// Neighbouring positions along one side that see the same taps.
static int64_t region_end(int64_t begin, int64_t positions, int64_t stride, int64_t before, int64_t dilation,
                          int64_t kernel, int64_t size) {
  const struct taps taps = taps_inside(begin, stride, before, dilation, kernel, size);
  int64_t end = begin + 1;
  for (; end < positions; end++) {
    const struct taps next = taps_inside(end, stride, before, dilation, kernel, size);
    if (next.begin != taps.begin || next.end != taps.end) {
      break;
    }
  }
  return end;
}

// Where padding is no value of the type, what it adds depends on the position.
static bool has_regions(const struct tern_conv2d *conv) {
  return conv->product->a_type == TERN_B1;
}

static int64_t region_of_lines_end(const struct tern_conv2d *conv, int64_t begin) {
  return has_regions(conv) ? region_end(begin, conv->out_height, conv->stride_height, conv->top, conv->dilation_height,
                                        conv->kernel_height, conv->height)
                           : conv->out_height;
}

static int64_t region_of_cols_end(const struct tern_conv2d *conv, int64_t begin) {
  return has_regions(conv) ? region_end(begin, conv->out_width, conv->stride_width, conv->left, conv->dilation_width,
                                        conv->kernel_width, conv->width)
                           : conv->out_width;
}

static int64_t col_regions(const struct tern_conv2d *conv) {
  int64_t count = 0;
  for (int64_t col = 0; col < conv->out_width; col = region_of_cols_end(conv, col)) {
    count++;
  }
  return count;
}

int64_t tern_conv2d_regions(const struct tern_conv2d *conv) {
  if (!has_regions(conv)) {
    return 1;
  }
  int64_t lines = 0;
  for (int64_t line = 0; line < conv->out_height; line = region_of_lines_end(conv, line)) {
    lines++;
  }
  return lines * col_regions(conv);
}

static int32_t ones_of(const uint8_t *term, int64_t bytes) {
  int32_t ones = 0;
  for (int64_t i = 0; i < bytes; i++) {
    ones += __builtin_popcount(term[i]);
  }
  return ones;
}

// With the bits of the padding 0, a tap outside adds sum_c -w = C - 2 * ones, which is taken off again here:
//   sum a*w = k - 2 * popcount(a ^ w)  over all taps  -  sum over taps outside (C - 2 * ones)
static void seed_region(const struct tern_conv2d *conv, const uint8_t *weights, struct taps rows, struct taps cols,
                        int32_t *seeds) {
  const int64_t channels = conv->channels / conv->groups, bytes = term_bytes(conv), taps = taps_of(conv);
  const int32_t *bias = conv->product->bias;
  for (int64_t filter = 0; filter < conv->product->n; filter++) {
    uint32_t seed = (uint32_t)(taps * channels) + (bias ? (uint32_t)bias[filter] : 0);
    for (int64_t tap = 0; tap < taps; tap++) {
      const int64_t kh = tap / conv->kernel_width, kw = tap % conv->kernel_width;
      if (kh < rows.begin || kh >= rows.end || kw < cols.begin || kw >= cols.end) {
        seed -= (uint32_t)(channels - 2 * ones_of(weights + (filter * taps + tap) * bytes, bytes));
      }
    }
    seeds[filter] = (int32_t)seed;
  }
}

static void seed_signs(const struct tern_conv2d *conv, const uint8_t *weights, int32_t *seeds) {
  for (int64_t line = 0; line < conv->out_height; line = region_of_lines_end(conv, line)) {
    const struct taps rows =
        taps_inside(line, conv->stride_height, conv->top, conv->dilation_height, conv->kernel_height, conv->height);
    for (int64_t col = 0; col < conv->out_width; col = region_of_cols_end(conv, col)) {
      const struct taps cols =
          taps_inside(col, conv->stride_width, conv->left, conv->dilation_width, conv->kernel_width, conv->width);
      seed_region(conv, weights, rows, cols, seeds);
      seeds += conv->product->n;
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
  return kernel_workspace(&TERN_KERNELS[kernel], conv) + block_rows(conv) * pitch_of(conv);
}

// Where patches are gathered, behind what the kernel uses.
static uint8_t *block_of(const struct conv2d_call *call) {
  return (uint8_t *)call->workspace + kernel_workspace(call->kernel, call->patches.conv);
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

static void run_span(const struct conv2d_call *call, const struct span *span, const int32_t *seeds, int64_t col_begin,
                     int64_t col_end) {
  const struct tern_conv2d *conv = call->patches.conv;
  const int64_t size = size_of(conv->product->y_type), rows = span->lines * span->cols;
  const bool in_place = patches_are_in_place(&call->patches, span);
  const int64_t blocks = ceil_div(rows, in_place ? max64(rows, 1) : block_rows(conv));
  struct tern_gemm product = call->product;
  product.seeds = seeds;
  for (int64_t i = 0; i < blocks; i++) {
    const int64_t begin = part_begin(rows, i, blocks), end = part_begin(rows, i + 1, blocks);
    struct gemm_call gemm = call->gemm;
    gemm.gemm = &product;
    gemm.m = end - begin;
    place_rows(call, span, begin, end, in_place, &gemm);
    gemm.y = (void *)position_of(&call->y, conv, span->line + begin / span->cols, span->col + begin % span->cols);
    gemm.y_row_stride = (span->cols == 1 ? call->y.row_stride : call->y.col_stride) / size;
    call->kernel->run(&gemm, (struct rectangle){0, end - begin, col_begin, col_end});
  }
}

// Positions of lines that see the same taps: at once where y has them at one stride, else line by line.
static void run_region(const struct conv2d_call *call, const struct span *region, const int32_t *seeds,
                       int64_t col_begin, int64_t col_end) {
  const struct tern_conv2d *conv = call->patches.conv;
  const bool joined = region->cols == conv->out_width && lines_are_joined(&call->y, conv);
  const bool one_column =
      region->cols == 1 && region->line / conv->out_height == (region->line + region->lines - 1) / conv->out_height;
  if (joined || one_column) {
    run_span(call, region, seeds, col_begin, col_end);
    return;
  }
  for (int64_t line = 0; line < region->lines; line++) {
    const struct span span = {region->line + line, 1, region->col, region->cols};
    run_span(call, &span, seeds, col_begin, col_end);
  }
}

// Lines of one image, in regions.
static void run_regions(const struct conv2d_call *call, int64_t line_begin, int64_t line_end, int64_t col_begin,
                        int64_t col_end) {
  const struct tern_conv2d *conv = call->patches.conv;
  const int64_t image = line_begin / conv->out_height * conv->out_height;
  const int32_t *seeds = call->product.seeds;
  for (int64_t line = 0; line + image < line_end;) {
    const int64_t next = region_of_lines_end(conv, line);
    const int64_t from = max64(line_begin, line + image), to = min64(line_end, next + image);
    for (int64_t col = 0; col < conv->out_width;) {
      const int64_t next_col = region_of_cols_end(conv, col);
      const struct span region = {from, to - from, col, next_col - col};
      if (from < to) {
        run_region(call, &region, seeds, col_begin, col_end);
      }
      seeds += conv->product->n;
      col = next_col;
    }
    line = next;
  }
}

static void run_taps(const void *context, struct rectangle part) {
  const struct conv2d_call *call = context;
  call->kernel->conv2d->run(call, part);
}

static void run_rectangle(const void *context, struct rectangle part) {
  const struct conv2d_call *call = context;
  const struct tern_conv2d *conv = call->patches.conv;
  if (!has_regions(conv)) {
    const struct span span = {part.row_begin, part.row_end - part.row_begin, 0, conv->out_width};
    run_region(call, &span, call->product.seeds, part.col_begin, part.col_end);
    return;
  }
  for (int64_t line = part.row_begin; line < part.row_end;) {
    const int64_t next = min64((line / conv->out_height + 1) * conv->out_height, part.row_end);
    run_regions(call, line, next, part.col_begin, part.col_end);
    line = next;
  }
}

void tern_conv2d_run(int32_t kernel, const struct tern_conv2d *conv, const void *packed, int64_t images, const void *x,
                     int64_t x_image_stride, int64_t x_row_stride, int64_t x_col_stride, void *y,
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
                               .workspace = workspace};
    call.y.at += group * group_filters(conv) * y_size;
    call.gemm = (struct gemm_call){.packed = (const uint8_t *)packed + group * group_bytes(kernel, conv),
                                   .a_col_stride = 1,
                                   .workspace = workspace};
    grid_run(&grid, begin, end, reads_taps(entry, conv) ? run_taps : run_rectangle, &call);
  }
}
