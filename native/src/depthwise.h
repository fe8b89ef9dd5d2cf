// depthwise.h -- what the kernels of depthwise convolution share: each channel of x has a filter of its own
//   y[p][c] = epilogue(sum over taps (kh, kw) of x[kh][p * stride + kw * dilation - left][c] * w[kh][kw][c])
//   Lanes are channels. The rows of x that a line of y sees stand in a band, each brought there once: with its padding,
//   and in the form that the kernel multiplies. So no kernel knows of borders, of the strides of x, or of rows above
//   and below the image.
#ifndef TERN_DEPTHWISE_H
#define TERN_DEPTHWISE_H

#include "patches.h"

// One row of x on its way into the band: what `positions` positions of y see of one group of channels.
struct depthwise_row {
  const struct tern_conv2d *conv;
  const uint8_t *x;             // column 0, first channel of the group; NULL above and below the image
  int64_t x_step;               // bytes from column to column
  int64_t channels;             // of the group that exist
  int64_t first_col, positions; // the column of x that tap 0 of position 0 is
};

// Positions of one line of y, for one group of channels.
struct depthwise_line {
  const struct tern_conv2d *conv;
  const uint8_t *const *rows; // of the band, one for each kh
  const void *weights;        // of the group
  int64_t channel, channels;  // the first one, and how many exist
  int64_t positions;
  uint8_t *y;       // the first channel of the first position
  int64_t y_step;   // bytes from position to position
  int32_t *scratch; // DEPTHWISE_SCRATCH of them, the group's own for all lines of a part
};

// Positions of lines of one image, for one group of channels, by a kernel that reads x where it is. Strides in bytes.
struct depthwise_lines {
  const struct tern_conv2d *conv;
  const void *weights;       // of the group
  int64_t channel, channels; // the first one, and how many exist
  int64_t line_begin, line_end, position_begin, position_end;
  const uint8_t *x; // the image, at the first channel
  uint8_t *y;
  int64_t x_row, x_col, y_row, y_col;
};

enum { DEPTHWISE_SCRATCH = 256 };

// How weights of a group lie: [kernel_height][kernel_width / terms][channels][terms], the last terms filled up with
// zeros. Where lanes are 128 bit of a register of 64 channels, see depthwise_channel for their order.
struct depthwise_layout {
  int32_t channels, terms, element; // element: bytes of a weight
  bool by_lanes;
};

extern const struct depthwise_layout depthwise_f32_c16, depthwise_s16_c16k2, depthwise_s8_c64k4;

struct depthwise_kernel {
  const struct depthwise_layout *layout;
  void (*run)(const struct depthwise_lines *lines); // without a band; or NULL, and the following
  int64_t (*row_bytes)(const struct tern_conv2d *conv, int64_t positions);
  void (*fill)(const struct depthwise_row *row, void *to);
  void (*prepare)(const struct depthwise_line *group); // or NULL; leaves in scratch what its lines share
  void (*run_line)(const struct depthwise_line *line);
};

// Channels of a group that has few fill a register more than once: for two positions up to 32, for four up to 16.
static inline int64_t depthwise_lanes(int64_t channels) {
  return channels > 32 ? 4 : channels > 16 ? 2 : 1;
}

// The channel of a weight. Interleaving four rows of bytes leaves, in each 128-bit lane, channels 4j to 4j + 3 of the
// lane's 16 in register j.
static inline int64_t depthwise_channel(const struct depthwise_layout *layout, int64_t channels, int64_t index) {
  const int64_t lane = index / 4 % 4 % depthwise_lanes(channels);
  return layout->by_lanes ? lane * 16 + index / 16 * 4 + index % 4 : index;
}

static inline int64_t depthwise_reach(int64_t kernel, int64_t dilation) {
  return kernel > 0 ? (kernel - 1) * dilation + 1 : 0;
}

static inline bool is_inside(const struct depthwise_row *row, int64_t col) {
  return row->x && col >= 0 && col < row->conv->width;
}

// Entry points of a kernel of TERN_DEPTHWISE, behind those of tern.h.
int64_t depthwise_packed_bytes(const struct kernel *kernel, const struct tern_conv2d *conv);
int64_t depthwise_groups(const struct kernel *kernel, const struct tern_conv2d *conv);
// Tap i of a side is tap last - i * step of the weights, which are [channels, kernel_height, kernel_width].
struct depthwise_taps {
  int64_t kernel_height, kernel_width, last_h, step_h, last_w, step_w;
};
void depthwise_pack(const struct kernel *kernel, const struct tern_conv2d *conv, const void *weights,
                    const struct depthwise_taps *taps, uint8_t *packed, int64_t group_begin, int64_t group_end);
void depthwise_seeds(const struct kernel *kernel, const struct tern_conv2d *conv, const int8_t *weights,
                     int32_t *seeds);
int64_t depthwise_tiles(const struct kernel *kernel, const struct tern_conv2d *conv, int64_t images);
int64_t depthwise_workspace_bytes(const struct kernel *kernel, const struct tern_conv2d *conv);
void depthwise_run(const struct kernel *kernel, const struct tern_conv2d *conv, const void *packed, int64_t images,
                   struct images x, struct images y, int64_t tile_begin, int64_t tile_end, void *workspace);

#endif
