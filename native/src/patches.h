// patches.h -- the parts of an image that positions of y see, as rows of a matrix
#ifndef TERN_PATCHES_H
#define TERN_PATCHES_H

#include "kernel.h"

// x, or y, or a gradient; strides in bytes.
struct images {
  const uint8_t *at;
  int64_t image_stride, row_stride, col_stride;
};

// Where patches of one group come from. A term is what lies under one (kh, kw): the channels of the group.
struct patches {
  const struct tern_conv2d *conv;
  struct images x; // from the group's first channel on
  int64_t term_bytes;
  uint8_t padding;   // of which all bytes outside the image are
  uint8_t last_mask; // the bits of a term's last byte that count
};

// Those of [begin, end) taps along one side that lie in the image.
struct taps {
  int64_t begin, end;
};
struct taps taps_inside(int64_t position, int64_t stride, int64_t before, int64_t dilation, int64_t kernel,
                        int64_t size);

// Positions of y with a uniform stride in y: `cols` of each of `lines`, which are counted through all images.
struct span {
  int64_t line, lines, col, cols;
};

static inline int64_t size_of(int32_t type) {
  return type == TERN_F32 || type == TERN_S32 ? 4 : 1;
}

static inline int64_t taps_of(const struct tern_conv2d *conv) {
  return conv->kernel_height * conv->kernel_width;
}

// Bytes of the channels of a group.
static inline int64_t term_bytes(const struct tern_conv2d *conv) {
  const int64_t channels = conv->channels / conv->groups;
  return conv->product->a_type == TERN_B1 ? ceil_div(channels, SIGNS_OF_BYTE)
                                          : channels * size_of(conv->product->a_type);
}

// Strides in elements.
struct images images_of(const void *at, int32_t type, int64_t image_stride, int64_t row_stride, int64_t col_stride);

// The positions of y that are computed.
static inline struct images outputs_of(const struct tern_conv2d *conv, struct images y) {
  y.at += conv->first_row * y.row_stride + conv->first_col * y.col_stride;
  y.row_stride *= conv->row_step;
  y.col_stride *= conv->col_step;
  return y;
}

struct patches patches_of(const struct tern_conv2d *conv, struct images x, int64_t group);

// A position of y, its line counted through all images.
static inline const uint8_t *position_of(const struct images *y, const struct tern_conv2d *conv, int64_t line,
                                         int64_t col) {
  return y->at + line / conv->out_height * y->image_stride + line % conv->out_height * y->row_stride +
         col * y->col_stride;
}

// The position of x that the first tap of a position of y sees.
static inline const uint8_t *origin_of(const struct images *x, const struct tern_conv2d *conv, int64_t line,
                                       int64_t col) {
  return x->at + line / conv->out_height * x->image_stride +
         (line % conv->out_height * conv->stride_height - conv->top) * x->row_stride +
         (col * conv->stride_width - conv->left) * x->col_stride;
}

// Whether positions of whole lines lie at one stride, through lines and images.
static inline bool lines_are_joined(const struct images *y, const struct tern_conv2d *conv) {
  return y->row_stride == conv->out_width * y->col_stride && y->image_stride == conv->out_height * y->row_stride;
}

// Copies `count` pieces of so many bytes, `step` apart in x, `pitch` apart where they go.
void patches_copy(uint8_t *to, int64_t pitch, const uint8_t *from, int64_t step, int64_t count, int64_t bytes);

// Whether the rows are in x as they are, at a uniform stride.
bool patches_are_in_place(const struct patches *patches, const struct span *span);

// Writes terms [term_begin, term_end) of the span's positions [begin, end), `pitch` bytes apart.
void patches_gather(const struct patches *patches, const struct span *span, int64_t begin, int64_t end,
                    int64_t term_begin, int64_t term_end, uint8_t *to, int64_t pitch);

#endif
