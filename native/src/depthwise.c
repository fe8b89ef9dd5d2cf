// depthwise.c -- lines of a depthwise convolution, from the band of the rows of x that they see
#include "depthwise.h"

#include "grid.h"

enum {
  BAND_BYTES = 32 * 1024, // that stay in L1 while the lines pass
  LEAST_POSITIONS = 16,   // of a strip with a band
  L2_BYTES = 1536 * 1024,
  PAIR_BYTES = 128,         // of a position of x, which the processor brings together
  FAR_BYTES = 512,          // that are worth going to where x and y do not stay in L2
  MOST_GROUPS = 2,          // that they take
  COLUMN_BYTES = 16 * 1024, // of the rows that one line sees, where they are not in a band: every second set of L1
  COLUMN_STEP = 7,          // positions, of which columns are multiples
  LEAST_COLUMN = 14,
  SPAN_POSITIONS = 56, // of one call, of several lines where they are short
  SCRATCH_BYTES = DEPTHWISE_SCRATCH * sizeof(int32_t)
};

static const struct depthwise_kernel *family(const struct kernel *kernel) {
  return kernel->depthwise;
}

int64_t depthwise_groups(const struct kernel *kernel, const struct tern_conv2d *conv) {
  return ceil_div(conv->channels, family(kernel)->layout->channels);
}

// Lines of y pass strips of positions and of groups, so narrow that the band stays near.
struct strip {
  int64_t positions, groups, row_bytes, reach;
};

static struct strip strip_of(const struct kernel *kernel, const struct tern_conv2d *conv) {
  const struct depthwise_kernel *depthwise = family(kernel);
  const int64_t group_bytes = depthwise->layout->channels * size_of(conv->product->a_type);
  struct strip strip = {
      .positions = max64(conv->out_width, 1),
      .groups = min64(max64(1, min64(PAIR_BYTES / group_bytes, MOST_GROUPS)), depthwise_groups(kernel, conv)),
      .reach = depthwise_reach(conv->kernel_height, conv->dilation_height)};
  for (int64_t parts = 1;; parts++) {
    strip.positions = round_up(ceil_div(max64(conv->out_width, 1), parts), 4);
    strip.row_bytes = round_up(depthwise->row_bytes(conv, strip.positions), TERN_ALIGNMENT);
    if (strip.positions <= LEAST_POSITIONS || strip.groups * strip.reach * strip.row_bytes <= BAND_BYTES) {
      return strip;
    }
  }
}

static int64_t pointer_bytes(const struct tern_conv2d *conv) {
  return round_up(conv->kernel_height * (int64_t)sizeof(uint8_t *), TERN_ALIGNMENT);
}

int64_t depthwise_workspace_bytes(const struct kernel *kernel, const struct tern_conv2d *conv) {
  if (family(kernel)->run) {
    return 0;
  }
  const struct strip strip = strip_of(kernel, conv);
  return strip.groups * (SCRATCH_BYTES + strip.reach * strip.row_bytes) + pointer_bytes(conv);
}

static struct grid tiles_of(const struct kernel *kernel, const struct tern_conv2d *conv, int64_t images) {
  return grid_of(images * conv->out_height, conv->channels, 1, family(kernel)->layout->channels, true);
}

int64_t depthwise_tiles(const struct kernel *kernel, const struct tern_conv2d *conv, int64_t images) {
  const struct grid grid = tiles_of(kernel, conv, images);
  return conv->out_width > 0 ? grid.outer * grid.inner : 0;
}

struct depthwise_call {
  const struct depthwise_kernel *kernel;
  const struct tern_conv2d *conv;
  const uint8_t *packed;
  int64_t group_bytes; // of packed weights
  struct images x, y;
  bool is_far; // they do not stay in L2
  struct strip strip;
  int32_t *scratch;     // [groups of the strip][DEPTHWISE_SCRATCH]
  const uint8_t **rows; // of the band, one for each kh
  uint8_t *band;        // [groups of the strip][reach][row_bytes]
};

// What one call runs: lines of one image, channels of a strip's groups, positions.
struct part {
  int64_t image, line_begin, line_end, channel, channels, position, positions;
};

// The band is a ring. A row that is less than `reach` below another follows it by as many slots.
static int64_t slot_after(const struct depthwise_call *call, int64_t slot, int64_t rows) {
  return slot + rows < call->strip.reach ? slot + rows : slot + rows - call->strip.reach;
}

static void fill_row(const struct depthwise_call *call, const struct part *part, int64_t row, int64_t slot) {
  const struct tern_conv2d *conv = call->conv;
  const int64_t channels = call->kernel->layout->channels, size = size_of(conv->product->a_type);
  const bool inside = row >= 0 && row < conv->height;
  const uint8_t *x = call->x.at + part->image * call->x.image_stride + row * call->x.row_stride + part->channel * size;
  uint8_t *to = call->band + slot * call->strip.row_bytes;
  for (int64_t c = 0; c < part->channels; c += channels, to += call->strip.reach * call->strip.row_bytes) {
    const struct depthwise_row from = {.conv = conv,
                                       .x = inside ? x + c * size : NULL,
                                       .x_step = call->x.col_stride,
                                       .channels = min64(channels, part->channels - c),
                                       .first_col = part->position * conv->stride_width - conv->left,
                                       .positions = part->positions};
    call->kernel->fill(&from, to);
  }
}

// A group of the part, before any of its lines.
static struct depthwise_line group_of(const struct depthwise_call *call, const struct part *part, int64_t group) {
  const int64_t channels = call->kernel->layout->channels, first = group * channels;
  return (struct depthwise_line){
      .conv = call->conv,
      .rows = call->rows,
      .weights = call->packed + (part->channel / channels + group) * call->group_bytes,
      .channel = part->channel + first,
      .channels = min64(channels, part->channels - first),
      .positions = part->positions,
      .y_step = call->y.col_stride,
      .scratch = call->scratch + group * DEPTHWISE_SCRATCH,
  };
}

static void run_line(const struct depthwise_call *call, const struct part *part, const struct depthwise_line *groups,
                     int64_t line, int64_t slot) {
  const struct tern_conv2d *conv = call->conv;
  const int64_t ring = call->strip.reach * call->strip.row_bytes, size = size_of(conv->product->y_type);
  uint8_t *y = (uint8_t *)call->y.at + part->image * call->y.image_stride + line * call->y.row_stride +
               part->position * call->y.col_stride;
  for (int64_t group = 0; group * call->kernel->layout->channels < part->channels; group++) {
    for (int64_t kh = 0; kh < conv->kernel_height; kh++) {
      const int64_t at = slot_after(call, slot, kh * conv->dilation_height);
      call->rows[kh] = call->band + group * ring + at * call->strip.row_bytes;
    }
    struct depthwise_line of = groups[group];
    of.y = y + of.channel * size;
    call->kernel->run_line(&of);
  }
}

// Each line needs the rows that have come into reach since the one before.
static void run_part(const struct depthwise_call *call, const struct part *part) {
  const struct tern_conv2d *conv = call->conv;
  const int64_t reach = call->strip.reach;
  struct depthwise_line groups[MOST_GROUPS];
  for (int64_t group = 0; group * call->kernel->layout->channels < part->channels; group++) {
    groups[group] = group_of(call, part, group);
    if (call->kernel->prepare) {
      call->kernel->prepare(&groups[group]);
    }
  }
  int64_t top = part->line_begin * conv->stride_height - conv->top, filled = top, slot = 0;
  for (int64_t line = part->line_begin; line < part->line_end; line++, top += conv->stride_height) {
    for (filled = max64(filled, top); filled < top + reach; filled++) {
      fill_row(call, part, filled, slot_after(call, slot, filled - top));
    }
    run_line(call, part, groups, line, slot);
    slot = conv->stride_height < reach ? slot_after(call, slot, conv->stride_height) : 0;
  }
}

static void run_strips(const struct depthwise_call *call, int64_t image, struct rectangle rows) {
  const int64_t channels = call->strip.groups * call->kernel->layout->channels, width = call->conv->out_width;
  for (int64_t channel = rows.col_begin; channel < rows.col_end; channel += channels) {
    for (int64_t position = 0; position < width; position += call->strip.positions) {
      const struct part part = {.image = image,
                                .line_begin = rows.row_begin,
                                .line_end = rows.row_end,
                                .channel = channel,
                                .channels = min64(channels, rows.col_end - channel),
                                .position = position,
                                .positions = min64(call->strip.positions, width - position)};
      run_part(call, &part);
    }
  }
}

// Groups that share cache lines and pages take turns, so that these are near for all.
static void run_groups(const struct depthwise_call *call, int64_t image, struct depthwise_lines *lines,
                       struct rectangle groups) {
  const int64_t channels = call->kernel->layout->channels, size = sizeof(float);
  for (int64_t channel = groups.col_begin; channel < groups.col_end; channel += channels) {
    lines->weights = call->packed + channel / channels * call->group_bytes;
    lines->channel = channel;
    lines->channels = min64(channels, groups.col_end - channel);
    lines->x = call->x.at + image * call->x.image_stride + channel * size;
    lines->y = (uint8_t *)call->y.at + image * call->y.image_stride + channel * size;
    call->kernel->run(lines);
  }
}

// Positions of columns so narrow that the rows of x that a line sees stay in L1.
static int64_t column_width(const struct tern_conv2d *conv, int64_t position_bytes) {
  const int64_t bytes = max64(conv->kernel_height, 1) * conv->stride_width * position_bytes;
  return max64(COLUMN_BYTES / bytes / COLUMN_STEP * COLUMN_STEP, LEAST_COLUMN);
}

// Lines of one column.
static void run_column(const struct depthwise_call *call, int64_t image, struct depthwise_lines *lines,
                       struct rectangle rows) {
  const int64_t step = max64(1, SPAN_POSITIONS / (lines->position_end - lines->position_begin));
  for (int64_t line = rows.row_begin; line < rows.row_end; line += step) {
    lines->line_begin = line;
    lines->line_end = min64(line + step, rows.row_end);
    run_groups(call, image, lines, rows);
  }
}

static void run_columns(const struct depthwise_call *call, int64_t image, struct rectangle rows) {
  const struct tern_conv2d *conv = call->conv;
  const int64_t turn = (call->is_far ? FAR_BYTES : PAIR_BYTES) / (int64_t)sizeof(float);
  const int64_t width = column_width(conv, min64(turn, conv->channels) * (int64_t)sizeof(float));
  struct depthwise_lines lines = {.conv = conv,
                                  .x_row = call->x.row_stride,
                                  .x_col = call->x.col_stride,
                                  .y_row = call->y.row_stride,
                                  .y_col = call->y.col_stride};
  for (int64_t channel = rows.col_begin; channel < rows.col_end; channel += turn) {
    const struct rectangle groups = {rows.row_begin, rows.row_end, channel, min64(channel + turn, rows.col_end)};
    for (int64_t position = 0; position < conv->out_width; position = lines.position_end) {
      const int64_t left = conv->out_width - position;
      lines.position_begin = position;
      lines.position_end = position + (left < width + COLUMN_STEP ? left : width); // the last one is not too narrow
      run_column(call, image, &lines, groups);
    }
  }
}

static void run_rectangle(const void *context, struct rectangle part) {
  const struct depthwise_call *call = context;
  const int64_t height = call->conv->out_height;
  for (int64_t line = part.row_begin, end; line < part.row_end; line = end) {
    const int64_t image = line / height, first = image * height;
    end = min64(part.row_end, first + height);
    const struct rectangle rows = {line - first, end - first, part.col_begin, part.col_end};
    call->kernel->run ? run_columns(call, image, rows) : run_strips(call, image, rows);
  }
}

static int64_t bytes_of(const struct tern_conv2d *conv, int64_t images) {
  const int64_t x = conv->height * conv->width * size_of(conv->product->a_type);
  const int64_t y = conv->out_height * conv->out_width * size_of(conv->product->y_type);
  return images * conv->channels * (x + y);
}

void depthwise_run(const struct kernel *kernel, const struct tern_conv2d *conv, const void *packed, int64_t images,
                   struct images x, struct images y, int64_t tile_begin, int64_t tile_end, void *workspace) {
  const struct grid grid = tiles_of(kernel, conv, images);
  struct depthwise_call call = {.kernel = family(kernel),
                                .conv = conv,
                                .packed = packed,
                                .group_bytes = depthwise_packed_bytes(kernel, conv) / depthwise_groups(kernel, conv),
                                .x = x,
                                .y = y,
                                .is_far = bytes_of(conv, images) > L2_BYTES};
  if (!call.kernel->run) {
    call.strip = strip_of(kernel, conv);
    call.scratch = workspace;
    call.rows = (const uint8_t **)((uint8_t *)workspace + call.strip.groups * SCRATCH_BYTES);
    call.band = (uint8_t *)call.rows + pointer_bytes(conv);
  }
  grid_run(&grid, tile_begin, tile_end, run_rectangle, &call);
}
