// spmm_pack.c -- dense weights [n][k] to slices of stored words (see spmm.h)
#include "spmm.h"

#include <string.h>

enum { WORD_BYTES = 4 };

// The dense weights, as words.
struct dense {
  const uint8_t *weights;
  int64_t n, row_bytes, stride; // bytes
};

static int64_t words_of(const struct dense *dense) {
  return ceil_div(dense->row_bytes, WORD_BYTES);
}

static int32_t word_at(const struct dense *dense, int64_t row, int64_t word) {
  int32_t bits = 0;
  const int64_t begin = word * WORD_BYTES, end = min64(begin + WORD_BYTES, dense->row_bytes);
  memcpy(&bits, dense->weights + row * dense->stride + begin, (size_t)(end - begin));
  return bits;
}

// One panel in one block of k.
struct region {
  int64_t row, rows, word, words;
};

static struct region region_of(const struct dense *dense, int64_t block, int64_t panel) {
  const int64_t row = panel * SPMM_PANEL, word = block * SPMM_BLOCK;
  return (struct region){row, min64(SPMM_PANEL, dense->n - row), word, min64(SPMM_BLOCK, words_of(dense) - word)};
}

// Rows of the region by their number of stored words, the longest first; then rows that do not exist.
static void order_rows(const struct dense *dense, struct region region, int32_t lengths[SPMM_PANEL],
                       uint8_t order[SPMM_PANEL]) {
  for (int64_t row = 0; row < SPMM_PANEL; row++) {
    int32_t length = 0;
    for (int64_t word = 0; row < region.rows && word < region.words; word++) {
      length += word_at(dense, region.row + row, region.word + word) != 0;
    }
    int64_t at = row;
    for (; at > 0 && lengths[at - 1] < length; at--) {
      lengths[at] = lengths[at - 1];
      order[at] = order[at - 1];
    }
    lengths[at] = length;
    order[at] = (uint8_t)(row < region.rows ? row : SPMM_PANEL);
  }
}

static void fill_row(const struct dense *dense, struct region region, int64_t row, int32_t slot,
                     struct spmm_step *steps, int32_t count) {
  int32_t step = 0;
  for (int64_t word = 0; row < region.rows && word < region.words; word++) {
    const int32_t bits = word_at(dense, region.row + row, region.word + word);
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

// Returns its bytes; with `to` NULL that is all it does.
static int64_t pack_region(const struct dense *dense, struct region region, uint8_t *to) {
  int32_t lengths[SPMM_PANEL];
  uint8_t order[SPMM_PANEL];
  order_rows(dense, region, lengths, order);
  int64_t bytes = 0;
  for (int32_t first = 0; first < region.rows; first += SPMM_SLICE) {
    const int32_t count = lengths[first];
    if (to) {
      struct spmm_slice *slice = (struct spmm_slice *)(to + bytes);
      struct spmm_step *steps = (struct spmm_step *)(slice + 1);
      slice->steps = count;
      for (int32_t slot = 0; slot < SPMM_SLICE; slot++) {
        slice->rows[slot] = order[first + slot];
        fill_row(dense, region, order[first + slot], slot, steps, count);
      }
    }
    bytes += (int64_t)sizeof(struct spmm_slice) + count * (int64_t)sizeof(struct spmm_step);
  }
  return bytes;
}

static void sum_rows(const struct dense *dense, int32_t *sums) {
  for (int64_t row = 0; row < dense->n; row++) {
    const int8_t *weights = (const int8_t *)dense->weights + row * dense->stride;
    sums[row] = 0;
    for (int64_t k = 0; k < dense->row_bytes; k++) {
      sums[row] += weights[k];
    }
  }
}

// Returns the bytes of the packed form; with `packed` NULL that is all it does.
static int64_t pack(const struct dense *dense, uint8_t *packed) {
  const int64_t panels = ceil_div(dense->n, SPMM_PANEL), blocks = ceil_div(words_of(dense), SPMM_BLOCK);
  int64_t *begin = (int64_t *)packed;
  int64_t at = spmm_sums_offset(panels, blocks) + dense->n * (int64_t)sizeof(int32_t);
  if (packed) {
    sum_rows(dense, (int32_t *)(packed + spmm_sums_offset(panels, blocks)));
  }
  for (int64_t block = 0; block < blocks; block++) {
    for (int64_t panel = 0; panel < panels; panel++) {
      if (packed) {
        begin[block * panels + panel] = at;
      }
      at += pack_region(dense, region_of(dense, block, panel), packed ? packed + at : NULL);
    }
  }
  if (packed) {
    begin[blocks * panels] = at;
  }
  return at;
}

static struct dense dense_of(int32_t kernel, int64_t n, int64_t k, const void *weights, int64_t row_stride) {
  const int64_t size = TERN_KERNELS[kernel].row.b_type == TERN_F32 ? 4 : 1;
  return (struct dense){weights, n, k * size, row_stride * size};
}

int64_t tern_spmm_packed_bytes(int32_t kernel, int64_t n, int64_t k, const void *weights, int64_t row_stride) {
  const struct dense dense = dense_of(kernel, n, k, weights, row_stride);
  return round_up(pack(&dense, NULL), TERN_ALIGNMENT);
}

void tern_spmm_pack(int32_t kernel, int64_t n, int64_t k, const void *weights, int64_t row_stride, void *packed) {
  const struct dense dense = dense_of(kernel, n, k, weights, row_stride);
  pack(&dense, packed);
}
