// reorder.c -- images as matrices: channels by positions, copied where both sides agree on the order, else transposed
#include "reorder.h"

// One side; strides in bytes, of which either that of a channel or that of a position is an element.
struct side {
  uint8_t *first;
  int64_t image, row, position, channel;
};

static int64_t bytes_of(int32_t type, int64_t elements) {
  return type == TERN_F32 ? elements * (int64_t)sizeof(float) : type == TERN_B1 ? elements / SIGNS_OF_BYTE : elements;
}

static struct side side_of(const struct tern_images *images, int32_t type, int64_t channel_stride) {
  return (struct side){.first = images->first,
                       .image = bytes_of(type, images->image_stride),
                       .row = bytes_of(type, images->row_stride),
                       .position = bytes_of(type, images->col_stride),
                       .channel = bytes_of(type, channel_stride)};
}

// Whether a row follows the one before as positions follow each other.
static bool is_one_line(const struct side *side, int64_t width) {
  return side->row == side->position * width;
}

struct reorder_call {
  const struct tern_reorder *reorder;
  reorder_function *run;
  struct side x, y;
};

// So many positions of a line. A dense matrix that is copied is one row.
static void run_line(const struct reorder_call *call, const uint8_t *x, uint8_t *y, int64_t positions) {
  const struct tern_reorder *reorder = call->reorder;
  struct reorder_block block = {.x = x,
                                .y = y,
                                .rows = reorder->from_planes ? reorder->channels : positions,
                                .cols = reorder->from_planes ? positions : reorder->channels,
                                .x_row = reorder->from_planes ? call->x.channel : call->x.position,
                                .y_row = reorder->to_planes ? call->y.channel : call->y.position,
                                .scale = reorder->scale,
                                .zero_point = reorder->zero_point,
                                .from_type = reorder->from_type,
                                .to_type = reorder->to_type,
                                .transposes = reorder->from_planes != reorder->to_planes};
  const bool fills_bytes = reorder->to_type != TERN_B1 || block.cols % SIGNS_OF_BYTE == 0;
  if (!block.transposes && fills_bytes && block.x_row == bytes_of(block.from_type, block.cols) &&
      block.y_row == bytes_of(block.to_type, block.cols)) {
    block.cols *= block.rows;
    block.rows = 1;
  }
  call->run(&block);
}

void tern_reorder_run(int32_t kernel, const struct tern_reorder *reorder, const struct tern_images *x,
                      int64_t x_channel_stride, const struct tern_images *y, int64_t y_channel_stride,
                      int64_t row_begin, int64_t row_end) {
  const struct reorder_call call = {.reorder = reorder,
                                    .run = TERN_KERNELS[kernel].reorder,
                                    .x = side_of(x, reorder->from_type, x_channel_stride),
                                    .y = side_of(y, reorder->to_type, y_channel_stride)};
  const bool joins = is_one_line(&call.x, reorder->width) && is_one_line(&call.y, reorder->width);
  for (int64_t row = row_begin, end; row < row_end; row = end) {
    const int64_t image = row / reorder->height, first = row % reorder->height;
    end = joins ? min64(row_end, (image + 1) * reorder->height) : row + 1;
    run_line(&call, call.x.first + image * call.x.image + first * call.x.row,
             call.y.first + image * call.y.image + first * call.y.row, (end - row) * reorder->width);
  }
}
