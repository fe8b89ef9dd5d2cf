// spmm_scalar.h -- lines of x, slices and results in plain C; the product of two words is the includer's
#ifndef TERN_SPMM_SCALAR_H
#define TERN_SPMM_SCALAR_H

#include "../spmm.h"

#include <string.h>

// acc plus the product of a word of x and one of weights; s32 or the bits of f32.
static inline int32_t dot_words(int32_t acc, int32_t x, int32_t weights);

// line[word][row] = x[row][word]; missing rows repeat the last one.
static inline void spmm_prepare_words(const struct spmm_rows *rows, int64_t lanes) {
  const int64_t width = rows->vectors * lanes;
  for (int64_t row = 0; row < width; row++) {
    const uint8_t *x = rows->x + min64(row, rows->rows - 1) * rows->stride;
    for (int64_t byte = 0; byte < rows->bytes; byte += 4) {
      uint8_t *word = rows->lines + (byte / 4 * width + row) * 4;
      memset(word, 0, 4);
      for (int64_t i = byte; i < min64(byte + 4, rows->bytes); i++) {
        word[i - byte] = x[i] ^ rows->flip;
      }
    }
  }
}

static inline void spmm_multiply_words(const struct spmm_part *part) {
  const int64_t width = part->vectors;
  const int32_t *lines = (const int32_t *)part->lines;
  for (const uint8_t *at = part->slices; at < part->end;) {
    const struct spmm_slice *slice = (const struct spmm_slice *)at;
    const struct spmm_step *steps = (const struct spmm_step *)(slice + 1);
    for (int32_t slot = 0; slot < SPMM_SLICE; slot++) {
      int32_t *acc = part->acc + slice->rows[slot] * width;
      for (int64_t row = 0; row < width; row++) {
        int32_t sum = part->seeds ? part->seeds[slice->rows[slot]] : acc[row];
        for (int32_t step = 0; step < slice->steps; step++) {
          sum = dot_words(sum, lines[steps[step].lines[slot] * width + row], steps[step].words[slot]);
        }
        acc[row] = sum;
      }
    }
    at = (const uint8_t *)(steps + slice->steps);
  }
}

#endif
