// band.c -- lines of x with their padding, side by side
#include "conv2d.h"

#include <string.h>

enum { OVER_READ = 64 }; // bytes that a kernel may read behind a tap

static int64_t line_positions(const struct tern_conv2d *conv) {
  return (conv->out_width - 1) * conv->stride_width + (conv->kernel_width - 1) * conv->dilation_width + 1;
}

struct taps_of_band band_taps(const struct tern_conv2d *conv) {
  const bool joined = conv->dilation_width == 1;
  return (struct taps_of_band){.count = joined ? conv->kernel_height : taps_of(conv),
                               .bytes = term_bytes(conv) * (joined ? conv->kernel_width : 1),
                               .line_bytes = line_positions(conv) * term_bytes(conv)};
}

void band_offsets(const struct tern_conv2d *conv, int64_t offsets[MAX_TAPS]) {
  const struct taps_of_band taps = band_taps(conv);
  const int64_t across = taps.count / conv->kernel_height;
  for (int64_t tap = 0; tap < taps.count; tap++) {
    offsets[tap] =
        tap / across * conv->dilation_height * taps.line_bytes + tap % across * conv->dilation_width * term_bytes(conv);
  }
}

// Lines of x that so many lines of y see.
static int64_t input_lines(const struct tern_conv2d *conv, int64_t lines) {
  return (lines - 1) * conv->stride_height + (conv->kernel_height - 1) * conv->dilation_height + 1;
}

int64_t band_bytes(const struct tern_conv2d *conv, int64_t lines) {
  return round_up(input_lines(conv, lines) * band_taps(conv).line_bytes + OVER_READ, TERN_ALIGNMENT);
}

int64_t band_lines(const struct tern_conv2d *conv) {
  const int64_t reach = band_bytes(conv, 1), step = conv->stride_height * band_taps(conv).line_bytes;
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
  const int64_t needed = input_lines(conv, line - band->first + 1), line_bytes = band_taps(conv).line_bytes;
  const uint8_t *image = patches->x.at + band->first / conv->out_height * patches->x.image_stride;
  const int64_t top = band->first % conv->out_height * conv->stride_height - conv->top;
  for (; band->filled < needed; band->filled++) {
    const int64_t row = top + band->filled;
    const bool inside = row >= 0 && row < conv->height;
    fill_line(patches, inside ? image + row * patches->x.row_stride : NULL, band->at + band->filled * line_bytes);
  }
}
