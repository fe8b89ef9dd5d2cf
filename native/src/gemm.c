// gemm.c -- the entry points for GEMM: sizes, seeds, ranges of tiles
#include "gemm_f32.h"
#include "grid.h"
#include "spmm.h"

static struct grid tiles_of(const struct kernel *kernel, int64_t m, int64_t n) {
  return grid_of(m, n, kernel->tile_rows, kernel->tile_cols, m >= n);
}

int64_t tern_gemm_packed_bytes(int32_t kernel, int64_t n, int64_t k) {
  const struct layout *layout = TERN_KERNELS[kernel].layout;
  return round_up(ceil_div(n, layout->panel) * panel_bytes(layout, k), TERN_ALIGNMENT);
}

int64_t tern_gemm_panels(int32_t kernel, int64_t n) {
  return ceil_div(n, TERN_KERNELS[kernel].layout->panel);
}

void tern_gemm_pack(int32_t kernel, int64_t n, int64_t k, const void *b, int64_t b_row_stride, int64_t b_col_stride,
                    void *packed, int64_t panel_begin, int64_t panel_end) {
  const struct kernel *entry = &TERN_KERNELS[kernel];
  entry->pack(entry->layout, n, k, b, b_row_stride, b_col_stride, packed, panel_begin, panel_end);
}

// sum (a - za) * (b - zb) + bias = sum a*b  +  [bias - za * sum b + K * za * zb]  -  zb * sum a
// The bracket is the seed; that of signs is bias + K, from which the kernel takes two for each pair that differs. A
// kernel of the other signedness than A flips the top bit of every a, which adds `shift` to a and to za alike and
// leaves the differences as they are.
static void seed_signs(const struct tern_gemm *gemm, int32_t *seeds) {
  const int32_t *bias = gemm->bias;
  for (int64_t col = 0; col < gemm->n; col++) {
    seeds[col] = (int32_t)((uint32_t)gemm->k + (bias ? (uint32_t)bias[col] : 0));
  }
}

static uint32_t column_sum(const struct layout *layout, const uint8_t *panel, int64_t col, int64_t k_begin,
                           int64_t k_end) {
  uint32_t sum = 0;
  for (int64_t k = k_begin; k < k_end; k++) {
    sum += (uint32_t)weight_at(layout, panel, col, k);
  }
  return sum;
}

// The sum of a column of B over k. It lies behind the panel, unless that is of signs.
static uint32_t sum_of_column(const struct kernel *kernel, const struct tern_gemm *gemm, const void *packed,
                              int64_t col) {
  if (kernel->row.op == TERN_SPMM) {
    return ((const uint32_t *)packed)[col];
  }
  const struct layout *layout = kernel->layout;
  const uint8_t *panel = (const uint8_t *)packed + col / layout->panel * panel_bytes(layout, gemm->k);
  if (layout->trailer == 0) {
    return column_sum(layout, panel, col % layout->panel, 0, gemm->k);
  }
  return ((const uint32_t *)(panel + panel_elements_bytes(layout, gemm->k)))[col % layout->panel];
}

static void seed_groups(const struct layout *layout, const struct tern_gemm *gemm, uint32_t za, const void *packed,
                        int32_t *seeds) {
  for (int64_t col = 0; col < round_up(gemm->n, SCALES); col++) {
    const uint8_t *panel = (const uint8_t *)packed + col / layout->panel * panel_bytes(layout, gemm->k);
    for (int64_t group = 0; group < groups_of(gemm); group++) {
      const int64_t at = scale_index(gemm, col, group), k = group * gemm->group, end = min64(k + gemm->group, gemm->k);
      const uint32_t zb = gemm->b_zero_points ? (uint32_t)gemm->b_zero_points[at] : 0;
      const uint32_t sum = col < gemm->n ? column_sum(layout, panel, col % layout->panel, k, end) : 0;
      seeds[at] = (int32_t)((uint32_t)(end - k) * za * zb - za * sum);
    }
  }
}

void tern_gemm_seeds(int32_t kernel, const struct tern_gemm *gemm, const void *packed, int32_t *seeds) {
  if (gemm->a_type == TERN_B1) {
    seed_signs(gemm, seeds);
    return;
  }
  const bool is_signed = gemm->a_type == TERN_S8;
  const bool flipped = !(TERN_KERNELS[kernel].native & (is_signed ? NATIVE_S8 : NATIVE_U8));
  const int32_t shift = !flipped ? 0 : is_signed ? 128 : -128;
  const uint32_t za = (uint32_t)(gemm->a_zero_point + shift);
  if (gemm->b_scales) {
    seed_groups(TERN_KERNELS[kernel].layout, gemm, za, packed, seeds);
    return;
  }
  const int32_t *bias = gemm->bias;
  for (int64_t col = 0; col < gemm->n; col++) {
    const uint32_t sum = sum_of_column(&TERN_KERNELS[kernel], gemm, packed, col);
    const uint32_t zb = gemm->b_zero_points ? (uint32_t)gemm->b_zero_points[col] : 0;
    const uint32_t seed = (bias ? (uint32_t)bias[col] : 0) - za * sum;
    seeds[col] = (int32_t)(seed + (uint32_t)gemm->k * za * zb);
  }
}

int64_t tern_gemm_tiles(int32_t kernel, const struct tern_gemm *gemm, int64_t m) {
  const struct grid grid = tiles_of(&TERN_KERNELS[kernel], m, gemm->n);
  return grid.outer * grid.inner;
}

int64_t tern_gemm_workspace_bytes(int32_t kernel, const struct tern_gemm *gemm, int64_t m) {
  return round_up(TERN_KERNELS[kernel].workspace_bytes(gemm, m), TERN_ALIGNMENT);
}

int64_t tern_gemm_unpacked_workspace_bytes(int32_t kernel, const struct tern_gemm *gemm, int64_t m) {
  (void)kernel;
  return round_up(f32_unpacked_workspace(gemm, m), TERN_ALIGNMENT);
}

struct kernel_call {
  const struct kernel *kernel;
  const struct gemm_call *gemm;
};

static void run_rectangle(const void *context, struct rectangle part) {
  const struct kernel_call *call = context;
  call->kernel->run(call->gemm, part);
}

static void run_tiles(const struct kernel *kernel, const struct gemm_call *gemm, int64_t tile_begin, int64_t tile_end) {
  const struct grid grid = tiles_of(kernel, gemm->m, gemm->gemm->n);
  const struct kernel_call call = {kernel, gemm};
  grid_run(&grid, tile_begin, tile_end, run_rectangle, &call);
}

static int64_t bytes_of(int32_t type, int64_t elements) {
  switch (type) {
  case TERN_B1:
    return elements / SIGNS_OF_BYTE;
  case TERN_S8:
  case TERN_U8:
    return elements;
  case TERN_BF16:
    return elements * 2;
  default:
    return elements * 4;
  }
}

// Seeds of one product; f32 kernels have none.
static int64_t seeds_of(const struct tern_gemm *gemm) {
  return gemm->b_scales ? round_up(gemm->n, SCALES) * groups_of(gemm) : gemm->n;
}

// Product `index` of the batch that a call is the first of.
static struct gemm_call batched_call(const struct gemm_call *first, const struct tern_batch *batch, int64_t index,
                                     struct tern_gemm *gemm) {
  struct gemm_call call = *first;
  const int64_t b = index * batch->b_stride;
  *gemm = *first->gemm;
  call.gemm = gemm;
  call.a = (const uint8_t *)first->a + bytes_of(gemm->a_type, index * batch->a_stride);
  call.y = (uint8_t *)first->y + bytes_of(gemm->y_type, index * batch->y_stride);
  if (!first->packed) {
    call.b = (const float *)first->b + b;
    return call;
  }
  call.packed = first->packed + b;
  if (gemm->seeds && b > 0) {
    gemm->seeds += index * seeds_of(gemm);
  }
  return call;
}

static void run(int32_t kernel, const struct gemm_call *first, const struct tern_batch *batch, int64_t tile_begin,
                int64_t tile_end) {
  if (!batch) {
    run_tiles(&TERN_KERNELS[kernel], first, tile_begin, tile_end);
    return;
  }
  const int64_t tiles = tern_gemm_tiles(kernel, first->gemm, first->m);
  for (int64_t tile = tile_begin; tile < tile_end;) {
    const int64_t index = tile / tiles, begin = index * tiles, end = min64(begin + tiles, tile_end);
    struct tern_gemm gemm;
    const struct gemm_call call = batched_call(first, batch, index, &gemm);
    run_tiles(&TERN_KERNELS[kernel], &call, tile - begin, end - begin);
    tile = end;
  }
}

void tern_gemm_run(int32_t kernel, const struct tern_gemm *gemm, const struct tern_batch *batch, const void *packed,
                   int64_t m, const void *a, int64_t a_row_stride, int64_t a_col_stride, const float *a_scales, void *y,
                   int64_t y_row_stride, int64_t tile_begin, int64_t tile_end, void *workspace) {
  const struct gemm_call call = {.gemm = gemm,
                                 .packed = packed,
                                 .m = m,
                                 .a = a,
                                 .a_row_stride = a_row_stride,
                                 .a_col_stride = a_col_stride,
                                 .a_scales = a_scales,
                                 .y = y,
                                 .y_row_stride = y_row_stride,
                                 .workspace = workspace};
  run(kernel, &call, batch, tile_begin, tile_end);
}

void tern_gemm_run_unpacked(int32_t kernel, const struct tern_gemm *gemm, const struct tern_batch *batch, const void *b,
                            int64_t b_row_stride, int64_t b_col_stride, int64_t m, const void *a, int64_t a_row_stride,
                            int64_t a_col_stride, void *y, int64_t y_row_stride, int64_t tile_begin, int64_t tile_end,
                            void *workspace) {
  const struct gemm_call call = {.gemm = gemm,
                                 .b = b,
                                 .b_row_stride = b_row_stride,
                                 .b_col_stride = b_col_stride,
                                 .m = m,
                                 .a = a,
                                 .a_row_stride = a_row_stride,
                                 .a_col_stride = a_col_stride,
                                 .y = y,
                                 .y_row_stride = y_row_stride,
                                 .workspace = workspace};
  run(kernel, &call, batch, tile_begin, tile_end);
}
