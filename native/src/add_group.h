// add_group.h -- sums += (float) (acc + seed - zb * sum of a) * scale, for the accumulators of a group of k
//   Included by each kernel, so that it is compiled for its instruction set. A product and a sum, not contracted.
#ifndef TERN_ADD_GROUP_H
#define TERN_ADD_GROUP_H

#include "gemm_s32.h"

typedef float group_floats __attribute__((vector_size(64), aligned(4), may_alias));
typedef uint32_t group_words __attribute__((vector_size(64), aligned(4), may_alias));
typedef int32_t group_ints __attribute__((vector_size(64), aligned(4), may_alias));

static inline void add_group(const struct group_tile *tile) {
  const struct tern_gemm *gemm = tile->call->gemm;
  const int64_t groups = groups_of(gemm);
  for (int64_t p = 0; p < tile->panels; p++) {
    const int64_t at = scale_index(gemm, tile->col + p * PANEL, tile->group);
    const group_words seed = *(const group_words *)(gemm->seeds + at);
    const group_floats scale = *(const group_floats *)(gemm->b_scales + at);
    for (int64_t row = 0; row < tile->rows; row++) {
      group_words acc = *(const group_words *)(tile->acc + row * tile->acc_stride + p * PANEL) + seed;
      if (gemm->b_zero_points) {
        acc -= *(const group_words *)(gemm->b_zero_points + at) * (uint32_t)tile->a_sums[row * groups];
      }
      group_floats *sums = (group_floats *)(tile->sums + (row * MAX_TILE_PANELS + p) * PANEL);
      *sums += __builtin_convertvector((group_ints)acc, group_floats) * scale;
    }
  }
}

#endif
