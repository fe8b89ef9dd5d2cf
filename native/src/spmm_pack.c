// spmm_pack.c -- dense weights [n][k] to regions of stored words, and those to slices (see spmm.h)
#include "spmm.h"

#include <string.h>

enum { WORD_BYTES = 4 };

static int64_t words_of(const struct spmm_dense *dense) {
  return ceil_div(dense->row_bytes, WORD_BYTES);
}

int32_t spmm_word_at(const struct spmm_dense *dense, int64_t row, int64_t word) {
  int32_t bits = 0;
  const int64_t begin = word * WORD_BYTES, end = min64(begin + WORD_BYTES, dense->row_bytes);
  memcpy(&bits, dense->weights + row * dense->stride + begin, (size_t)(end - begin));
  return bits;
}

static int32_t length_of(const struct spmm_dense *dense, struct spmm_region region, int64_t row) {
  int32_t length = 0;
  for (int64_t word = 0; row < region.rows && word < region.words; word++) {
    length += spmm_word_at(dense, region.row + row, region.word + word) != 0;
  }
  return length;
}

void spmm_order_rows(const struct spmm_dense *dense, struct spmm_region region, int32_t lengths[SPMM_PANEL],
                     uint8_t order[SPMM_PANEL]) {
  for (int64_t row = 0; row < SPMM_PANEL; row++) {
    const int32_t length = length_of(dense, region, row);
    int64_t at = row;
    for (; at > 0 && lengths[at - 1] < length; at--) {
      lengths[at] = lengths[at - 1];
      order[at] = order[at - 1];
    }
    lengths[at] = length;
    order[at] = (uint8_t)row;
  }
}

static void fill_row(const struct spmm_dense *dense, struct spmm_region region, int64_t row, int32_t slot,
                     struct spmm_step *steps, int32_t count) {
  int32_t step = 0;
  for (int64_t word = 0; row < region.rows && word < region.words; word++) {
    const int32_t bits = spmm_word_at(dense, region.row + row, region.word + word);
    if (bits != 0) {
      steps[step].lines[slot] = (uint8_t)word;
      steps[step++].words[slot] = bits;
    }
  }
  for (; step < count; step++) {
    steps[step].lines[slot] = (uint8_t)region.words;
    steps[step].words[slot] = 0;
  }
}

static int64_t pack_slices(const struct spmm_dense *dense, struct spmm_region region, uint8_t *to) {
  int32_t lengths[SPMM_PANEL];
  uint8_t order[SPMM_PANEL];
  spmm_order_rows(dense, region, lengths, order);
  int64_t bytes = 0;
  for (int32_t first = 0; first < region.rows; first += SPMM_SLICE) {
    const int32_t count = lengths[first];
    if (to) {
      struct spmm_slice *slice = (struct spmm_slice *)(to + bytes);
      struct spmm_step *steps = (struct spmm_step *)(slice + 1);
      slice->steps = count;
      for (int32_t slot = 0; slot < SPMM_SLICE; slot++) {
        const uint8_t row = order[first + slot];
        slice->rows[slot] = row < region.rows ? row : SPMM_PANEL;
        fill_row(dense, region, row, slot, steps, count);
      }
    }
    bytes += (int64_t)sizeof(struct spmm_slice) + count * (int64_t)sizeof(struct spmm_step);
  }
  return bytes;
}

static void sum_rows(const struct spmm_dense *dense, int32_t *sums) {
  for (int64_t row = 0; row < dense->n; row++) {
    const int8_t *weights = (const int8_t *)dense->weights + row * dense->stride;
    sums[row] = 0;
    for (int64_t k = 0; k < dense->row_bytes; k++) {
      sums[row] += weights[k];
    }
  }
}

const struct spmm_form spmm_slices = {SPMM_BLOCK, pack_slices};

// Regions from `at` on, and where they begin. Returns where they end; with `packed` NULL that is all it does.
static int64_t pack_regions(const struct spmm_form *form, const struct spmm_dense *dense, uint8_t *packed,
                            int64_t *begin, int64_t at) {
  const int64_t panels = ceil_div(dense->n, SPMM_PANEL), words = words_of(dense);
  const struct spmm_blocks blocks = spmm_blocks_of(words, form->block_words);
  for (int64_t i = 0; i < blocks.count * panels; i++) {
    const int64_t row = i % panels * SPMM_PANEL, word = i / panels * blocks.words;
    const struct spmm_region region = {row, min64(SPMM_PANEL, dense->n - row), word, min64(blocks.words, words - word)};
    if (packed) {
      begin[i] = at;
    }
    at += form->pack(dense, region, packed ? packed + at : NULL);
  }
  if (packed) {
    begin[blocks.count * panels] = at;
  }
  return at;
}

// Returns the bytes of the packed form; with `packed` NULL that is all it does.
static int64_t pack(const struct spmm_form *form, const struct spmm_dense *dense, uint8_t *packed) {
  const int64_t panels = ceil_div(dense->n, SPMM_PANEL);
  const int64_t regions = spmm_blocks_of(words_of(dense), form->block_words).count * panels;
  const int64_t begins = spmm_begins_offset(dense->n);
  const int64_t first = round_up(begins + (regions + 1) * (int64_t)sizeof(int64_t), TERN_ALIGNMENT);
  if (packed) {
    sum_rows(dense, (int32_t *)packed);
  }
  return pack_regions(form, dense, packed, packed ? (int64_t *)(packed + begins) : NULL, first);
}

static struct spmm_dense dense_of(int32_t kernel, int64_t n, int64_t k, const void *weights, int64_t row_stride) {
  const int64_t size = TERN_KERNELS[kernel].row.b_type == TERN_F32 ? 4 : 1;
  return (struct spmm_dense){weights, n, k * size, row_stride * size};
}

int64_t tern_spmm_packed_bytes(int32_t kernel, int64_t n, int64_t k, const void *weights, int64_t row_stride) {
  const struct spmm_dense dense = dense_of(kernel, n, k, weights, row_stride);
  return round_up(pack(TERN_KERNELS[kernel].spmm, &dense, NULL), TERN_ALIGNMENT);
}

void tern_spmm_pack(int32_t kernel, int64_t n, int64_t k, const void *weights, int64_t row_stride, void *packed) {
  const struct spmm_dense dense = dense_of(kernel, n, k, weights, row_stride);
  pack(TERN_KERNELS[kernel].spmm, &dense, packed);
}
