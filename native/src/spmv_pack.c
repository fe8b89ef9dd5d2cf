// spmv_pack.c -- regions of dense weights to slices of 16 rows, four words of each at a time (see spmv.h)
#include "spmv.h"

#include <string.h>

enum { WORD_BYTES = 4 };

// Word `i` of a step's row: whole if it is f32, else a byte in each of four tables.
static void put_word(struct spmv_step *step, bool floats, int64_t row, int64_t i, int32_t word) {
  if (floats) {
    step->words[i * SPMV_LANES + row] = word;
    return;
  }
  const uint8_t *bytes = (const uint8_t *)&word;
  for (int64_t byte = 0; byte < WORD_BYTES; byte++) {
    ((uint8_t *)step->words)[byte * SPMV_WORDS + row * SPMV_TERMS + i] = bytes[byte];
  }
}

// Row `row` of the region, to row `lane` of a slice.
static void fill_row(const struct spmm_dense *dense, struct spmm_region region, bool floats, int64_t row, int64_t lane,
                     struct spmv_step *steps) {
  int64_t stored = 0;
  for (int64_t word = 0; row < region.rows && word < region.words; word++) {
    const int32_t bits = spmm_word_at(dense, region.row + row, region.word + word);
    if (bits != 0) {
      struct spmv_step *step = steps + stored / SPMV_TERMS;
      const int64_t i = stored++ % SPMV_TERMS;
      step->lines[spmv_line(floats, lane, i)] = spmv_code(word);
      put_word(step, floats, lane, i, bits);
    }
  }
}

// Until they are filled: the line behind the last, times 0.
static void clear(struct spmv_step *steps, int64_t count, int64_t words) {
  for (int64_t i = 0; i < count; i++) {
    memset(steps[i].lines, spmv_code(words % SPMV_TABLE), sizeof steps[i].lines);
    memset(steps[i].words, 0, sizeof steps[i].words);
  }
}

static int64_t pack(const struct spmm_dense *dense, struct spmm_region region, bool floats, uint8_t *to) {
  int32_t lengths[SPMM_PANEL];
  uint8_t order[SPMM_PANEL];
  struct spmv_region *header = (struct spmv_region *)to;
  struct spmv_step *steps = (struct spmv_step *)(header + 1);
  spmm_order_rows(dense, region, lengths, order);
  int64_t at = 0;
  for (int64_t slice = 0; slice < SPMV_SLICES; slice++) {
    const int64_t first = slice * SPMV_LANES, count = ceil_div(lengths[first], SPMV_TERMS);
    if (to) {
      header->steps[slice] = (int32_t)count;
      clear(steps + at, count, region.words);
      for (int64_t lane = 0; lane < SPMV_LANES; lane++) {
        header->slots[order[first + lane]] = (uint8_t)(first + lane);
        fill_row(dense, region, floats, order[first + lane], lane, steps + at);
      }
    }
    at += count;
  }
  return (int64_t)sizeof *header + at * (int64_t)sizeof *steps;
}

static int64_t pack_bytes(const struct spmm_dense *dense, struct spmm_region region, uint8_t *to) {
  return pack(dense, region, false, to);
}

static int64_t pack_floats(const struct spmm_dense *dense, struct spmm_region region, uint8_t *to) {
  return pack(dense, region, true, to);
}

const struct spmm_form spmv_bytes = {SPMV_TABLE, pack_bytes}, spmv_floats = {SPMV_TABLE - 1, pack_floats};
