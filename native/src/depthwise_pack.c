// depthwise_pack.c -- weights of depthwise kernels, and the seeds of the integer ones
#include "depthwise.h"

#include <string.h>

const struct depthwise_layout depthwise_f32_c16 = {.channels = 16, .terms = 1, .element = 4};
const struct depthwise_layout depthwise_s16_c16k2 = {.channels = 16, .terms = 2, .element = 2};
const struct depthwise_layout depthwise_s8_c64k4 = {.channels = 64, .terms = 4, .element = 1, .by_lanes = true};

// Of one row of the kernel.
static int64_t row_elements(const struct depthwise_layout *layout, const struct tern_conv2d *conv) {
  return round_up(conv->kernel_width, layout->terms) * layout->channels;
}

static int64_t group_bytes(const struct depthwise_layout *layout, const struct tern_conv2d *conv) {
  return round_up(conv->kernel_height * row_elements(layout, conv) * layout->element, TERN_ALIGNMENT);
}

int64_t depthwise_packed_bytes(const struct kernel *kernel, const struct tern_conv2d *conv) {
  return depthwise_groups(kernel, conv) * group_bytes(kernel->depthwise->layout, conv);
}

static void copy_weight(const struct depthwise_layout *layout, const void *from, int64_t index, uint8_t *to) {
  if (layout->element == sizeof(int16_t)) {
    const int16_t wide = ((const int8_t *)from)[index];
    memcpy(to, &wide, sizeof wide);
  } else {
    memcpy(to, (const uint8_t *)from + index * layout->element, (size_t)layout->element);
  }
}

// One row of the kernel, that begins so many weights after the channel does.
static void pack_row(const struct depthwise_layout *layout, const struct tern_conv2d *conv, const void *weights,
                     const struct depthwise_taps *taps, int64_t row, int64_t channel_begin, uint8_t *to) {
  const int64_t channels = min64(layout->channels, conv->channels - channel_begin);
  for (int64_t i = 0; i < row_elements(layout, conv); i++, to += layout->element) {
    const int64_t kw = i / layout->terms / layout->channels * layout->terms + i % layout->terms;
    const int64_t channel = depthwise_channel(layout, channels, i / layout->terms % layout->channels);
    if (channel < channels && kw < conv->kernel_width) {
      const int64_t of_channel = (channel_begin + channel) * taps->kernel_height * taps->kernel_width;
      copy_weight(layout, weights, of_channel + row + taps->last_w - kw * taps->step_w, to);
    }
  }
}

void depthwise_pack(const struct kernel *kernel, const struct tern_conv2d *conv, const void *weights,
                    const struct depthwise_taps *taps, uint8_t *packed, int64_t group_begin, int64_t group_end) {
  const struct depthwise_layout *layout = kernel->depthwise->layout;
  const int64_t bytes = group_bytes(layout, conv);
  for (int64_t group = group_begin; group < group_end; group++) {
    memset(packed + group * bytes, 0, (size_t)bytes);
    for (int64_t kh = 0; kh < conv->kernel_height; kh++) {
      pack_row(layout, conv, weights, taps, (taps->last_h - kh * taps->step_h) * taps->kernel_width,
               group * layout->channels, packed + group * bytes + kh * row_elements(layout, conv) * layout->element);
    }
  }
}

// bias - za * sum of w + taps * za * zb: what is outside the image is za, like any other x.
void depthwise_seeds(const struct kernel *kernel, const struct tern_conv2d *conv, const int8_t *weights,
                     int32_t *seeds) {
  const struct tern_gemm *product = conv->product;
  const int32_t *bias = product->bias;
  const int64_t taps = taps_of(conv);
  const bool flips = product->a_type == TERN_S8 && !(kernel->native & NATIVE_S8);
  const uint32_t za = (uint32_t)product->a_zero_point + (flips ? 128 : 0);
  for (int64_t channel = 0; channel < conv->channels; channel++) {
    uint32_t sum = 0;
    for (int64_t tap = 0; tap < taps; tap++) {
      sum += (uint32_t)weights[channel * taps + tap];
    }
    const uint32_t zb = product->b_zero_points ? (uint32_t)product->b_zero_points[channel] : 0;
    seeds[channel] = (int32_t)((bias ? (uint32_t)bias[channel] : 0) - za * sum + (uint32_t)taps * za * zb);
  }
}
