// conv2d.h -- what kernels share that convolve without gathering patches
//   The lines of x that some lines of y see are copied once, with their padding, into a band. In it the rows of A are
//   neighbours at a fixed distance, and their terms a few runs, the taps, at the same offsets for every row: a row of
//   the kernel where its columns touch, else one position of it.
#ifndef TERN_CONV2D_H
#define TERN_CONV2D_H

#include "patches.h"

enum { BAND_BYTES = 384 * 1024 };

// Where along one side of y a position is, and whether it sees all taps.
struct side {
  int32_t region;
  bool whole;
};

// What tells, by position, how the padding of signs is taken off.
struct padding {
  const struct side *lines, *cols; // of y; lines are NULL where nothing is taken off
  int64_t col_regions;
  const int32_t **rows; // room for those of a block
};

// A run for one group.
struct conv2d_call {
  const struct kernel *kernel;
  struct patches patches;
  struct images y;
  struct gemm_call gemm; // what all products share
  struct tern_gemm product;
  struct padding padding;
  void *workspace; // behind the kernel's own
};

struct band {
  const struct patches *patches;
  uint8_t *at;
  int64_t first;  // line of y, counted through all images
  int64_t filled; // lines of x that have been copied
};

// How the terms of a row lie in a band.
struct taps_of_band {
  int64_t count, bytes; // runs, and bytes of each
  int64_t line_bytes;   // of the band
  bool bundled;
};

// For a kernel that fills taps up to steps of so many bytes. Where the channels are few, that would be most of its
// work. Then all lines that one line of y sees are bundled: brought side by side, position by position, so that the
// terms of a row are one run, in the order (kw, kh, c).
struct taps_of_band band_taps(const struct tern_conv2d *conv, int64_t step);

// Where each tap begins, from the first one; of at most MAX_TAPS.
enum { MAX_TAPS = 256 };
void band_offsets(const struct tern_conv2d *conv, int64_t offsets[MAX_TAPS]);

// What a bundle has room for, of 8 lines by 16 bytes of a vector of 64.
enum { BUNDLE_POSITION = 64, BUNDLE_LINES = 8, BUNDLE_TERM = 16, MAX_BUNDLED_TERMS = 1024 };
int64_t bundle_bytes(const struct tern_conv2d *conv);

// The lines of the band that a line of y sees; returns how many positions they have.
int64_t band_lines_of(const struct band *band, int64_t line, const uint8_t *lines[BUNDLE_LINES]);

// Bytes for so many lines of y, with what a tap may be read beyond its end.
int64_t band_bytes(const struct tern_conv2d *conv, int64_t lines);

// Lines of y whose band is small enough; at least one.
int64_t band_lines(const struct tern_conv2d *conv);

// Copies what lines of y up to `line` see and was not copied yet.
void band_fill(struct band *band, int64_t line);

// The first row of A of a position.
static inline const uint8_t *band_row(const struct band *band, int64_t line, int64_t col, int64_t line_bytes) {
  const struct tern_conv2d *conv = band->patches->conv;
  return band->at + (line - band->first) * conv->stride_height * line_bytes +
         col * conv->stride_width * band->patches->term_bytes;
}

#endif
