// patches.c -- gathers patches of x as rows of a matrix
#include "patches.h"

#include <string.h>

struct taps taps_inside(int64_t position, int64_t stride, int64_t before, int64_t dilation, int64_t kernel,
                        int64_t size) {
  const int64_t start = position * stride - before;
  const int64_t begin = start >= 0 ? 0 : min64(ceil_div(-start, dilation), kernel);
  const int64_t end = start >= size ? 0 : min64(ceil_div(size - start, dilation), kernel);
  return (struct taps){begin, max64(begin, end)};
}

struct images images_of(const void *at, int32_t type, int64_t image_stride, int64_t row_stride, int64_t col_stride) {
  const int64_t bits = type == TERN_B1 ? 1 : 8 * size_of(type);
  return (struct images){at, image_stride * bits / 8, row_stride * bits / 8, col_stride * bits / 8};
}

struct patches patches_of(const struct tern_conv2d *conv, struct images x, int64_t group) {
  const bool is_byte = conv->product->a_type == TERN_U8 || conv->product->a_type == TERN_S8;
  const bool is_sign = conv->product->a_type == TERN_B1;
  x.at += group * term_bytes(conv);
  return (struct patches){.conv = conv,
                          .x = x,
                          .term_bytes = term_bytes(conv),
                          .padding = is_byte ? (uint8_t)conv->product->a_zero_point : 0,
                          .last_mask = is_sign ? last_signs(conv->channels / conv->groups) : 0xff};
}

typedef uint8_t bytes64 __attribute__((vector_size(64), aligned(1), may_alias));
typedef uint8_t bytes32 __attribute__((vector_size(32), aligned(1), may_alias));
typedef uint8_t bytes16 __attribute__((vector_size(16), aligned(1), may_alias));
typedef uint64_t bytes8 __attribute__((aligned(1), may_alias));
typedef uint32_t bytes4 __attribute__((aligned(1), may_alias));

// From `size` to twice as many bytes, as a first and a last piece that may overlap.
#define COPY_ENDS(type, to, from, bytes)                                                                               \
  do {                                                                                                                 \
    const type first = *(const type *)(from), last = *(const type *)((from) + (bytes) - sizeof(type));                 \
    *(type *)(to) = first;                                                                                             \
    *(type *)((to) + (bytes) - sizeof(type)) = last;                                                                   \
  } while (0)

static inline __attribute__((always_inline)) void copy_few(uint8_t *to, const uint8_t *from, int64_t bytes) {
  if (bytes >= 32) {
    COPY_ENDS(bytes32, to, from, bytes);
  } else if (bytes >= 16) {
    COPY_ENDS(bytes16, to, from, bytes);
  } else if (bytes >= 8) {
    COPY_ENDS(bytes8, to, from, bytes);
  } else if (bytes >= 4) {
    COPY_ENDS(bytes4, to, from, bytes);
  } else {
    for (int64_t i = 0; i < bytes; i++) {
      to[i] = from[i];
    }
  }
}

// A call of memcpy takes as long as copying 256 bytes. Inlined into a function for each instruction set, since the
// width of the registers bounds the rate.
static inline __attribute__((always_inline)) void copy_pieces(uint8_t *to, int64_t pitch, const uint8_t *from,
                                                              int64_t step, int64_t count, int64_t bytes) {
  if (bytes < 64) {
    for (int64_t i = 0; i < count; i++, to += pitch, from += step) {
      copy_few(to, from, bytes);
    }
    return;
  }
  for (int64_t i = 0; i < count; i++, to += pitch, from += step) {
    for (int64_t at = 0; at + 64 <= bytes; at += 64) {
      *(bytes64 *)(to + at) = *(const bytes64 *)(from + at);
    }
    if (bytes % 64) {
      *(bytes64 *)(to + bytes - 64) = *(const bytes64 *)(from + bytes - 64);
    }
  }
}

#ifdef __x86_64__
static __attribute__((target("avx512f,prefer-vector-width=512"))) void
copy_avx512(uint8_t *to, int64_t pitch, const uint8_t *from, int64_t step, int64_t count, int64_t bytes) {
  copy_pieces(to, pitch, from, step, count, bytes);
}

static __attribute__((target("avx2"))) void copy_avx2(uint8_t *to, int64_t pitch, const uint8_t *from, int64_t step,
                                                      int64_t count, int64_t bytes) {
  copy_pieces(to, pitch, from, step, count, bytes);
}
#endif

void patches_copy(uint8_t *to, int64_t pitch, const uint8_t *from, int64_t step, int64_t count, int64_t bytes) {
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx512f")) {
    copy_avx512(to, pitch, from, step, count, bytes);
    return;
  }
  if (__builtin_cpu_supports("avx2")) {
    copy_avx2(to, pitch, from, step, count, bytes);
    return;
  }
#endif
  copy_pieces(to, pitch, from, step, count, bytes);
}

static void fill(uint8_t *to, int64_t pitch, int64_t count, int64_t bytes, uint8_t value) {
  for (int64_t i = 0; i < count; i++, to += pitch) {
    memset(to, value, (size_t)bytes);
  }
}

// Positions [begin, end) of one line, and taps [first, last) of one row of the kernel, whose row of x is given.
struct strip {
  const struct patches *patches;
  const uint8_t *row; // of x, at column 0; NULL outside the image
  int64_t begin, end, first, last, pitch;
};

// Whether neighbouring taps are neighbours in x.
static bool is_joined(const struct patches *patches) {
  const bool side_by_side = patches->conv->dilation_width == 1 && patches->x.col_stride == patches->term_bytes;
  return side_by_side && (patches->last_mask == 0xff || patches->conv->kernel_width == 1);
}

static const uint8_t *input_of(const struct strip *strip, int64_t position, int64_t tap) {
  const struct tern_conv2d *conv = strip->patches->conv;
  const int64_t col = position * conv->stride_width - conv->left + tap * conv->dilation_width;
  return strip->row + col * strip->patches->x.col_stride;
}

// A position of which some taps are outside.
static void gather_edge(const struct strip *strip, int64_t position, uint8_t *to) {
  const struct patches *patches = strip->patches;
  const struct tern_conv2d *conv = patches->conv;
  const struct taps inside =
      taps_inside(position, conv->stride_width, conv->left, conv->dilation_width, conv->kernel_width, conv->width);
  for (int64_t tap = strip->first; tap < strip->last; tap++, to += patches->term_bytes) {
    if (tap >= inside.begin && tap < inside.end) {
      memcpy(to, input_of(strip, position, tap), (size_t)patches->term_bytes);
    } else {
      memset(to, patches->padding, (size_t)patches->term_bytes);
    }
  }
}

// Positions whose taps all lie in the image.
static void gather_inside(const struct strip *strip, int64_t begin, int64_t end, uint8_t *to) {
  const struct patches *patches = strip->patches;
  const int64_t step = patches->conv->stride_width * patches->x.col_stride, bytes = patches->term_bytes;
  if (is_joined(patches)) {
    patches_copy(to, strip->pitch, input_of(strip, begin, strip->first), step, end - begin,
                 (strip->last - strip->first) * bytes);
    return;
  }
  for (int64_t tap = strip->first; tap < strip->last; tap++, to += bytes) {
    patches_copy(to, strip->pitch, input_of(strip, begin, tap), step, end - begin, bytes);
  }
}

static void mask_terms(const struct strip *strip, uint8_t *to) {
  const int64_t bytes = strip->patches->term_bytes;
  for (int64_t position = strip->begin; position < strip->end; position++, to += strip->pitch) {
    for (int64_t tap = strip->first; tap < strip->last; tap++) {
      to[(tap - strip->first + 1) * bytes - 1] &= strip->patches->last_mask;
    }
  }
}

static int64_t between(int64_t low, int64_t x, int64_t high) {
  return max64(low, min64(x, high));
}

static void gather_strip(const struct strip *strip, uint8_t *to) {
  const struct tern_conv2d *conv = strip->patches->conv;
  const int64_t bytes = (strip->last - strip->first) * strip->patches->term_bytes;
  if (!strip->row) {
    fill(to, strip->pitch, strip->end - strip->begin, bytes, strip->patches->padding);
    return;
  }
  const int64_t reach = (conv->kernel_width - 1) * conv->dilation_width;
  const int64_t last_start =
      conv->width - 1 - reach + conv->left; // of a position with all taps inside, in columns of x
  const int64_t begin = between(strip->begin, ceil_div(max64(conv->left, 0), conv->stride_width), strip->end);
  const int64_t end = last_start < 0 ? begin : between(begin, last_start / conv->stride_width + 1, strip->end);
  for (int64_t position = strip->begin; position < begin; position++) {
    gather_edge(strip, position, to + (position - strip->begin) * strip->pitch);
  }
  if (begin < end) {
    gather_inside(strip, begin, end, to + (begin - strip->begin) * strip->pitch);
  }
  for (int64_t position = end; position < strip->end; position++) {
    gather_edge(strip, position, to + (position - strip->begin) * strip->pitch);
  }
  if (strip->patches->last_mask != 0xff) {
    mask_terms(strip, to);
  }
}

// Positions [begin, end) of one line, terms [term_begin, term_end).
static void gather_line(const struct patches *patches, int64_t line, int64_t begin, int64_t end, int64_t term_begin,
                        int64_t term_end, uint8_t *to, int64_t pitch) {
  const struct tern_conv2d *conv = patches->conv;
  const uint8_t *image = patches->x.at + line / conv->out_height * patches->x.image_stride;
  const int64_t top = line % conv->out_height * conv->stride_height - conv->top, width = conv->kernel_width;
  for (int64_t term = term_begin; term < term_end;) {
    const int64_t kh = term / width, next = min64((kh + 1) * width, term_end);
    const int64_t row = top + kh * conv->dilation_height;
    const bool inside = row >= 0 && row < conv->height;
    const struct strip strip = {.patches = patches,
                                .row = inside ? image + row * patches->x.row_stride : NULL,
                                .begin = begin,
                                .end = end,
                                .first = term - kh * width,
                                .last = next - kh * width,
                                .pitch = pitch};
    gather_strip(&strip, to + (term - term_begin) * patches->term_bytes);
    term = next;
  }
}

void patches_gather(const struct patches *patches, const struct span *span, int64_t begin, int64_t end,
                    int64_t term_begin, int64_t term_end, uint8_t *to, int64_t pitch) {
  for (int64_t at = begin; at < end;) {
    const int64_t line = at / span->cols, next = min64((line + 1) * span->cols, end);
    gather_line(patches, span->line + line, span->col + at % span->cols, span->col + at % span->cols + next - at,
                term_begin, term_end, to + (at - begin) * pitch, pitch);
    at = next;
  }
}

bool patches_are_in_place(const struct patches *patches, const struct span *span) {
  const struct tern_conv2d *conv = patches->conv;
  const bool inside = conv->top == 0 && conv->left == 0 &&
                      (conv->out_height - 1) * conv->stride_height < conv->height &&
                      (conv->out_width - 1) * conv->stride_width < conv->width;
  if (taps_of(conv) != 1 || !inside || patches->last_mask != 0xff) {
    return false;
  }
  const struct images *x = &patches->x;
  const bool joined = conv->stride_height * x->row_stride == span->cols * conv->stride_width * x->col_stride &&
                      x->image_stride == conv->out_height * conv->stride_height * x->row_stride;
  return span->lines == 1 || joined;
}
