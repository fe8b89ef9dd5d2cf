// spmv_scalar.h -- tables of x and regions in plain C; the product of two words is the includer's
#ifndef TERN_SPMV_SCALAR_H
#define TERN_SPMV_SCALAR_H

#include "../spmv.h"

#include <string.h>

// acc plus word `i` of a row of a step times that of x; s32 or the bits of f32.
static inline int32_t dot_word(int32_t acc, const struct spmv_step *step, int64_t row, int64_t i,
                               const uint8_t *tables);

static inline void spmv_prepare_tables(const struct spmv_row *row) {
  memset(row->tables, 0, SPMV_TABLES_BYTES);
  for (int64_t i = 0; i < row->bytes; i++) {
    row->tables[i % 4 * SPMV_TABLE + i / 4] = row->x[i] ^ row->flip;
  }
}

// The rows of a slice, from their sums so far, which lie where the slots say.
static inline void spmv_multiply_slice(const struct spmv_step *steps, int32_t count, const uint8_t *tables,
                                       int32_t acc[SPMV_LANES]) {
  for (int64_t row = 0; row < SPMV_LANES; row++) {
    for (int32_t step = 0; step < count; step++) {
      for (int64_t i = 0; i < SPMV_TERMS; i++) {
        acc[row] = dot_word(acc[row], steps + step, row, i, tables);
      }
    }
  }
}

static inline void spmv_multiply_region(const struct spmv_region *region, const uint8_t *tables, int32_t *sums) {
  const struct spmv_step *steps = (const struct spmv_step *)(region + 1);
  int32_t acc[SPMM_PANEL];
  for (int64_t row = 0; row < SPMM_PANEL; row++) {
    acc[region->slots[row]] = sums[row];
  }
  for (int64_t slice = 0; slice < SPMV_SLICES; slice++) {
    spmv_multiply_slice(steps, region->steps[slice], tables, acc + slice * SPMV_LANES);
    steps += region->steps[slice];
  }
  for (int64_t row = 0; row < SPMM_PANEL; row++) {
    sums[row] = acc[region->slots[row]];
  }
}

#endif
