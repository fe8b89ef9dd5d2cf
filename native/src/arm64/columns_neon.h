// columns_neon.h -- four columns at a time, of which the last ones may not exist
#ifndef TERN_COLUMNS_NEON_H
#define TERN_COLUMNS_NEON_H

#include <arm_neon.h>

// Columns [0, count) of four; the others are zero. A count of 4 and more is a plain load, one of 0 and less none.
// Without calls: memcpy would throw the accumulators out of their registers.
static inline int32x4_t load_s32_columns(const int32_t *from, int64_t count) {
  int32x4_t columns = vdupq_n_s32(0);
  if (count >= 4) {
    return vld1q_s32(from);
  }
  columns = count > 0 ? vld1q_lane_s32(from, columns, 0) : columns;
  columns = count > 1 ? vld1q_lane_s32(from + 1, columns, 1) : columns;
  return count > 2 ? vld1q_lane_s32(from + 2, columns, 2) : columns;
}

static inline void store_s32_columns(int32_t *to, int64_t count, int32x4_t columns) {
  if (count >= 4) {
    vst1q_s32(to, columns);
    return;
  }
  if (count > 0) {
    vst1q_lane_s32(to, columns, 0);
  }
  if (count > 1) {
    vst1q_lane_s32(to + 1, columns, 1);
  }
  if (count > 2) {
    vst1q_lane_s32(to + 2, columns, 2);
  }
}

static inline float32x4_t load_f32_columns(const float *from, int64_t count) {
  return vreinterpretq_f32_s32(load_s32_columns((const int32_t *)from, count));
}

static inline void store_f32_columns(float *to, int64_t count, float32x4_t values) {
  store_s32_columns((int32_t *)to, count, vreinterpretq_s32_f32(values));
}

#endif
