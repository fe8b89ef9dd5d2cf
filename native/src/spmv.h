// spmv.h -- sparse weights for few rows of x: how they are packed, and what the kernels share that multiply by them
//   y[m][n] = epilogue(sum over stored w[n][k] of x[m][k] * w[n][k])
//   With few rows of x there is nothing to multiply a word with but the word of x that it meets. So lanes are rows of
//   weights, and words of x are looked up: those of a block of k stay in registers as four tables, one of each byte,
//   and two vpermb look a byte up for 64 words at once.
//
//   x        tables, for each row of x and block of k
//                | byte 0 of words 0 .. 127 | byte 1 | byte 2 | byte 3 |                             512 bytes
//   packed   sums, begins, regions as in spmm.h, of blocks of at most 128 words of s8, 127 of f32, the next being zero
//            region    | slot of row 0 .. 63 (u8) | steps of slice 0 .. 3 (s32) | 0 |                128 bytes
//                      then the steps of its slices: 16 rows each, the longest first; `slot` finds a row's sum in them
//            step      | 64 lines (u8) | 64 words |                                                  320 bytes
//   A line is the number of a word, below 64 as it is and from 64 on plus 64, so that the highest bit tells the half of
//   a table. A step has four words of each row, in the order in which they come out of the tables:
//            s8        line 4r + i   is word i of row r; its bytes are byte 4r + i of each of the four tables of
//            weights f32       line 16 (r / 4) + 4i + r % 4   is word i of row r; words lie [4][16 rows]
//   Words that a row has not are zeros times a word of x that is zero too, if it is f32.
#ifndef TERN_SPMV_H
#define TERN_SPMV_H

#include "spmm.h"

enum {
  SPMV_ROWS = 4,   // of x, while weights are in L1
  SPMV_LANES = 16, // rows of weights
  SPMV_TERMS = 4,  // words of each in a step
  SPMV_WORDS = SPMV_LANES * SPMV_TERMS,
  SPMV_SLICES = SPMM_PANEL / SPMV_LANES,
  SPMV_TABLE = 128, // words of x
  SPMV_HALF = 64,   // those of one register
  SPMV_TABLES_BYTES = SPMV_TABLE * 4
};

struct spmv_step {
  uint8_t lines[SPMV_WORDS];
  int32_t words[SPMV_WORDS];
};

struct spmv_region {
  uint8_t slots[SPMM_PANEL];
  int32_t steps[SPMV_SLICES];
  uint8_t padding[48];
};

// Where word `i` of a row of a slice stands in its step.
static inline int64_t spmv_line(bool floats, int64_t row, int64_t i) {
  return floats ? row / 4 * 16 + i * 4 + row % 4 : row * 4 + i;
}

static inline uint8_t spmv_code(int64_t word) {
  return (uint8_t)(word < SPMV_HALF ? word : word + SPMV_HALF);
}

static inline int64_t spmv_word(uint8_t code) {
  return code < SPMV_HALF ? code : code - SPMV_HALF;
}

// One block of k of one row of x, to tables; the rest of them is 0.
struct spmv_row {
  const uint8_t *x;
  int64_t bytes;
  uint8_t flip;
  uint8_t *tables;
};

typedef void spmv_prepare(const struct spmv_row *row);
// Adds a region's products to the sums of a panel, s32 or f32.
typedef void spmv_multiply(const struct spmv_region *region, const uint8_t *tables, int32_t *sums);
// Sums of a panel, `tile`, to y.
typedef void spmv_store(const struct spmm_result *result);

struct spmv_kernel {
  int64_t block_words;
  spmv_prepare *prepare;
  spmv_multiply *multiply;
  spmv_store *store;
};

int64_t spmv_workspace(const struct spmv_kernel *kernel, const struct tern_gemm *gemm);
void spmv_run(const struct spmv_kernel *kernel, const struct gemm_call *call, struct rectangle part);

#endif
