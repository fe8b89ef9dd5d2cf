// band.c -- lines of x with their padding, side by side
#include "conv2d.h"

#include <string.h>

enum { OVER_READ = 64 }; // bytes that a kernel may read behind a tap

static int64_t line_positions(const struct tern_conv2d *conv) {
  return (conv->out_width - 1) * conv->stride_width + (conv->kernel_width - 1) * conv->dilation_width + 1;
}

static int64_t line_bytes(const struct tern_conv2d *conv) {
  return line_positions(conv) * term_bytes(conv);
}

static bool fits_bundle(const struct tern_conv2d *conv) {
  const int64_t bytes = term_bytes(conv), height = conv->kernel_height;
  return conv->dilation_width == 1 && height <= BUNDLE_LINES && bytes <= BUNDLE_TERM &&
         height * bytes <= BUNDLE_POSITION && height * conv->kernel_width * bytes <= MAX_BUNDLED_TERMS;
}

struct taps_of_band band_taps(const struct tern_conv2d *conv, int64_t step) {
  const bool joined = conv->dilation_width == 1;
  const int64_t bytes = term_bytes(conv), all = taps_of(conv) * bytes;
  struct taps_of_band taps = {.count = joined ? conv->kernel_height : taps_of(conv),
                              .bytes = bytes * (joined ? conv->kernel_width : 1),
                              .line_bytes = line_bytes(conv)};
  if (fits_bundle(conv) && round_up(all, step) < taps.count * round_up(taps.bytes, step)) {
    taps.count = 1;
    taps.bytes = all;
    taps.bundled = true;
  }
  return taps;
}

int64_t bundle_bytes(const struct tern_conv2d *conv) {
  return round_up(line_bytes(conv) * conv->kernel_height + BUNDLE_POSITION + OVER_READ, TERN_ALIGNMENT);
}

int64_t band_lines_of(const struct band *band, int64_t line, const uint8_t *lines[BUNDLE_LINES]) {
  const struct tern_conv2d *conv = band->patches->conv;
  const uint8_t *first = band->at + (line - band->first) * conv->stride_height * line_bytes(conv);
  for (int64_t kh = 0; kh < BUNDLE_LINES; kh++) {
    lines[kh] = first + (kh < conv->kernel_height ? kh : 0) * conv->dilation_height * line_bytes(conv);
  }
  return line_positions(conv);
}

void band_offsets(const struct tern_conv2d *conv, int64_t offsets[MAX_TAPS]) {
  const bool joined = conv->dilation_width == 1;
  const int64_t across = joined ? 1 : conv->kernel_width, count = conv->kernel_height * across;
  for (int64_t tap = 0; tap < count; tap++) {
    offsets[tap] = tap / across * conv->dilation_height * line_bytes(conv) +
                   tap % across * conv->dilation_width * term_bytes(conv);
  }
}

// Lines of x that so many lines of y see.
static int64_t input_lines(const struct tern_conv2d *conv, int64_t lines) {
  return (lines - 1) * conv->stride_height + (conv->kernel_height - 1) * conv->dilation_height + 1;
}

int64_t band_bytes(const struct tern_conv2d *conv, int64_t lines) {
  return round_up(input_lines(conv, lines) * line_bytes(conv) + OVER_READ, TERN_ALIGNMENT);
}

int64_t band_lines(const struct tern_conv2d *conv) {
  const int64_t reach = band_bytes(conv, 1), step = conv->stride_height * line_bytes(conv);
  const int64_t more = reach >= BAND_BYTES ? 0 : (BAND_BYTES - reach) / max64(step, 1);
  return min64(1 + more, max64(conv->out_height, 1));
}

// One line: what is left of the image, the image, and what is right of it.
static void fill_line(const struct patches *patches, const uint8_t *row, uint8_t *to) {
  const struct tern_conv2d *conv = patches->conv;
  const int64_t positions = line_positions(conv), bytes = patches->term_bytes;
  const int64_t begin = row ? min64(max64(conv->left, 0), positions) : positions;
  const int64_t end = max64(begin, min64(positions, conv->width + conv->left));
  memset(to, patches->padding, (size_t)(begin * bytes));
  if (begin < end) {
    const int64_t step = patches->x.col_stride, joined = step == bytes ? end - begin : 1;
    patches_copy(to + begin * bytes, bytes, row + (begin - conv->left) * step, step, (end - begin) / joined,
                 joined * bytes);
  }
  if (row) {
    memset(to + end * bytes, patches->padding, (size_t)((positions - end) * bytes));
  }
}

void band_fill(struct band *band, int64_t line) {
  const struct patches *patches = band->patches;
  const struct tern_conv2d *conv = patches->conv;
  const int64_t needed = input_lines(conv, line - band->first + 1);
  const uint8_t *image = patches->x.at + band->first / conv->out_height * patches->x.image_stride;
  const int64_t top = band->first % conv->out_height * conv->stride_height - conv->top;
  for (; band->filled < needed; band->filled++) {
    const int64_t row = top + band->filled;
    const bool inside = row >= 0 && row < conv->height;
    fill_line(patches, inside ? image + row * patches->x.row_stride : NULL, band->at + band->filled * line_bytes(conv));
  }
}
