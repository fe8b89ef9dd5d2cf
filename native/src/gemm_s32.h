// gemm_s32.h -- what the kernels share that multiply groups of k and sum in s32: blocks, preparation of A, the way to y
#ifndef TERN_GEMM_S32_H
#define TERN_GEMM_S32_H

#include "int8.h"

enum { MAX_TILE_ROWS = 12, MAX_TILE_PANELS = 4, PANEL = 16 };

// Rows by panels for one body. Accumulators are the seeds and the products, and are stored as they are.
struct s32_tile {
  const uint8_t *a;       // k rounded down to whole groups, in each row
  int64_t a_stride;       // bytes
  const uint8_t *a_tails; // one group for each row, side by side: what is left of k, then zeros
  const int8_t *b;
  const uint8_t *trailer; // of the first panel
  int64_t panel_bytes, k;
  const int32_t *seeds;
  int32_t *acc;
  int64_t acc_stride;
  int64_t last_cols; // of the last panel, 1 to 16
};

// A tile of accumulators in memory and where it belongs in y.
struct epilogue {
  const struct gemm_call *call;
  const int32_t *acc;
  int64_t acc_stride;
  const int32_t *seeds;  // of the tile's columns, or NULL where the accumulators began with them
  const int32_t *a_sums; // of the tile's rows; read where B has zero points
  int64_t row, rows, col, cols;
};

// A tile of accumulators of one group of k, on its way into sums of 64 columns.
struct group_tile {
  const struct gemm_call *call;
  const int32_t *acc; // without seeds
  int64_t acc_stride;
  const int32_t *a_sums; // of the first row; those of others lie groups apart
  int64_t group, rows, col, panels;
  float *sums;
};

// One row over all groups of k.
struct group_row {
  const struct gemm_call *call;
  const uint8_t *a, *a_tail; // as those of a tile
  const int8_t *b;
  int64_t panel_bytes;
  const int32_t *a_sums; // of its groups; read where B has zero points
  int64_t col, panels;
  float *sums; // out, those of the panels side by side
};

typedef void s32_body(const struct s32_tile *tile);
typedef void s32_epilogue(const struct epilogue *tile);
typedef void s32_add_group(const struct group_tile *tile);
typedef void s32_group_row(const struct group_row *row);

struct s32_kernel {
  const struct layout *layout;
  int32_t native;                                   // NATIVE_U8 or NATIVE_S8 or both, or NATIVE_B1
  int32_t panels;                                   // of the widest tile
  int32_t rows[MAX_TILE_PANELS];                    // of the highest body, by panels - 1
  s32_body *bodies[MAX_TILE_PANELS][MAX_TILE_ROWS]; // by panels - 1, rows - 1
  s32_epilogue *epilogue;
  s32_add_group *add_group; // or NULL, where scales per group are not for it
  s32_group_row *group_row; // or NULL, where one row goes group by group too
};

int64_t s32_workspace(const struct s32_kernel *kernel, const struct tern_gemm *gemm, int64_t m);
void s32_run(const struct s32_kernel *kernel, const struct gemm_call *call, struct rectangle part);

// Of a row of the tile, or NULL.
static inline const float *epilogue_a_scale(const struct epilogue *tile, int64_t row) {
  const float *scales = tile->call->a_scales;
  return scales ? scales + tile->row + row : NULL;
}

// y is the accumulator itself: the tile can be stored there without an epilogue.
static inline bool epilogue_is_store(const struct tern_gemm *gemm) {
  return gemm->y_type == TERN_S32 && !gemm->beta && !gemm->b_zero_points;
}

#endif
