// spmm.h -- sparse weights: how they are packed, and what the kernels share that multiply by them
//   y[m][n] = epilogue(sum over stored w[n][k] of x[m][k] * w[n][k])
//   Weights are the row operand, so that one stored word of them meets as many rows of x as there are lanes. A word is
//   32 bits: four s8 that are neighbours along k (a block of 1x4), or one f32.
//
//   x        transposed to lines, one for each word of k; a line of zeros ends each block of k
//                line j      | x[0] word j | x[1] word j | ... | x[rows - 1] word j |
//   packed   int32 sum[n] of the rows of s8, up to whole lines of the cache; int64 begin[K blocks][panels] and an end,
//   in
//            bytes from the begin of packed memory, up to whole lines; then a region for each block of at most 128
//            words, all as long as each other, and each panel of 64 rows of weights. A region is slices: four rows
//            each, the longest first, so that rows of a slice are as long as each other and neighbouring loops too
//                slice       | row 0 | row 1 | row 2 | row 3 | steps (s32) |                          8 bytes
//                step        | line of row 0, 1, 2, 3 (u8)   | word of row 0, 1, 2, 3 |              20 bytes
//            A row that has ended points to the line of zeros. Rows that do not exist are row 64 of their panel.
//   128 words of 64 rows of x are 32 KB, which stay in L1 while all rows of weights pass; sums wait in L2 between
//   blocks.
#ifndef TERN_SPMM_H
#define TERN_SPMM_H

#include "kernel.h"

enum {
  SPMM_PANEL = 64,        // rows of weights, columns of y
  SPMM_BLOCK = 128,       // words of k
  SPMM_SLICE = 4,         // rows of weights at once
  SPMM_GROUP_PANELS = 16, // whose sums wait together
  SPMM_ACC_ROWS = SPMM_PANEL + 1
};

struct spmm_slice {
  uint8_t rows[SPMM_SLICE];
  int32_t steps;
};

struct spmm_step {
  uint8_t lines[SPMM_SLICE];
  int32_t words[SPMM_SLICE];
};

// The slices of one panel and block of k, times the rows of x in lines of `vectors` vectors.
struct spmm_part {
  const uint8_t *slices, *end;
  const uint8_t *lines;
  int64_t vectors;
  int32_t *acc;         // [SPMM_ACC_ROWS][rows of x]
  const int32_t *seeds; // [SPMM_ACC_ROWS] that sums start from, or NULL to go on from acc
};

// Sums of a panel: acc[col][row of x], of `stride` rows, and where they belong in y.
struct spmm_result {
  const struct gemm_call *call;
  const int32_t *acc;
  int64_t stride;
  int64_t row, rows, col, cols;
  int32_t *tile; // [rows of x][SPMM_PANEL], for whoever transposes acc
};

// A block of k of some rows of x, to become lines of whole vectors; the last word is filled up with anything.
struct spmm_rows {
  const uint8_t *x; // of the first row, at the first byte
  int64_t stride, rows, bytes;
  uint8_t flip; // what its bytes are xored with
  bool is_signed;
  int64_t vectors;
  uint8_t *lines;
};

typedef void spmm_prepare(const struct spmm_rows *rows);
typedef void spmm_multiply(const struct spmm_part *part);
typedef void spmm_store(const struct spmm_result *result);

struct spmm_kernel {
  int32_t native;         // types of x that it takes as they are
  int32_t lanes, vectors; // rows of x in a vector, and vectors at once
  int32_t line_bytes;     // of a word of one row of x
  spmm_prepare *prepare;
  spmm_multiply *multiply;
  spmm_store *store;
};

static inline int64_t spmm_words(const struct tern_gemm *gemm) {
  return gemm->a_type == TERN_F32 ? gemm->k : ceil_div(gemm->k, 4);
}

// Words of k, cut into as few blocks of at most `most` as there can be; the last may be shorter.
struct spmm_blocks {
  int64_t count, words;
};

static inline struct spmm_blocks spmm_blocks_of(int64_t words, int64_t most) {
  const int64_t count = ceil_div(words, most);
  return (struct spmm_blocks){count, count == 0 ? 0 : ceil_div(words, count)};
}

// Where begins are in packed memory, after the sums of rows.
static inline int64_t spmm_begins_offset(int64_t n) {
  return round_up(n * (int64_t)sizeof(int32_t), TERN_ALIGNMENT);
}

static inline const int64_t *spmm_begins(const struct tern_gemm *gemm, const void *packed) {
  return (const int64_t *)((const uint8_t *)packed + spmm_begins_offset(gemm->n));
}

// The dense weights, as words.
struct spmm_dense {
  const uint8_t *weights;
  int64_t n, row_bytes, stride; // bytes
};

// One panel in one block of k.
struct spmm_region {
  int64_t row, rows, word, words;
};

// How regions are packed: the most words of a block, and who packs one and returns its bytes; with `to` NULL that is
// all.
typedef int64_t spmm_pack_region(const struct spmm_dense *dense, struct spmm_region region, uint8_t *to);
struct spmm_form {
  int64_t block_words;
  spmm_pack_region *pack;
};

extern const struct spmm_form spmm_slices, spmv_bytes, spmv_floats;

int32_t spmm_word_at(const struct spmm_dense *dense, int64_t row, int64_t word);

// Rows of the region by their number of stored words, the longest first; then those that do not exist.
void spmm_order_rows(const struct spmm_dense *dense, struct spmm_region region, int32_t lengths[SPMM_PANEL],
                     uint8_t order[SPMM_PANEL]);

int64_t spmm_workspace(const struct spmm_kernel *kernel, const struct tern_gemm *gemm);
void spmm_run(const struct spmm_kernel *kernel, const struct gemm_call *call, struct rectangle part);

#endif
