// tile_amxint8.h -- products of row tiles and panels on AMX, for the kernels that bring their rows to it
//   registers: tmm 0 1     acc, two row tiles x two panels    each step of 64 k: four tile loads of 8 cycles in the
//                  2 3                                        shade of four tdpb*sd of 16 cycles
//              tmm 4 5     A, 16 rows x 64 k                  tmm 6 7   B, two panels
//              Storing a tile takes the multiplier's 16 cycles, measured; what follows does not: between products the
//              vector units bring two rows of the tile before into y, if bytes, else 16 rows between steps. Sums that
//              nothing is added to are stored into y at once.
#ifndef TERN_TILE_AMXINT8_H
#define TERN_TILE_AMXINT8_H

#include "epilogue_avx512.h"

enum {
  TILE_ROWS = 16,
  TILE_K = 64,
  TILE_BYTES = TILE_ROWS * TILE_K,
  MR = 2 * TILE_ROWS,
  NR = 2 * PANEL,
  MIN_EPILOGUE_ROWS = 16 // at a time, of others than bytes: fewer do not repay what the rows share
};

struct tile_config {
  uint8_t palette, start_row, reserved[14];
  uint16_t row_bytes[16];
  uint8_t rows[16];
};

// A block of rows and of k. Along k, A comes in taps: runs of whole steps that lie anywhere.
struct block {
  const uint8_t *a, *a_second; // the first row of each row tile
  int64_t a_stride;
  int64_t row_tiles, rows, rows_first; // rows_first: of the first row tile
  const int64_t *tap_offsets;          // from a, in bytes
  int64_t taps, steps;                 // steps of TILE_K in each tap
  int64_t k_begin;
  const uint8_t *tail; // NULL, or a step more: rows of what is left of k, then zeros
  bool first, last;    // of the blocks of k
  int32_t *sums;       // where the tile's sums go
  int64_t sums_stride;
  int64_t sums_ahead; // rows of them to ask for in each step
};

// The tile before, on its way to y.
struct finishing {
  const struct epilogue *tile;
  int64_t row, share; // the next one; how many after each step
  bool bytes;         // or twos of rows of bytes, after each product
  int64_t left, twos;
  const int32_t *acc;
  uint8_t *y;
  int64_t y_stride;
  struct epilogue_bytes shared;
};

// Some rows of bytes between one product and the next: in larger pieces, the products wait for them. The last of an
// odd number goes with the one before, again.
static inline __attribute__((always_inline)) void finish_bytes(struct finishing *finishing) {
  for (int64_t i = 0; finishing->bytes && i < finishing->twos && finishing->left > 0; i++) {
    if (finishing->left == 1) {
      finishing->acc -= NR;
      finishing->y -= finishing->y_stride;
    }
    epilogue_two_rows(&finishing->shared, finishing->acc, NR, finishing->y, finishing->y_stride);
    finishing->acc += 2 * NR;
    finishing->y += 2 * finishing->y_stride;
    finishing->left -= 2;
  }
}

static inline __attribute__((always_inline)) void finish_others(struct finishing *finishing) {
  if (!finishing->bytes && finishing->row < finishing->tile->rows) {
    const int64_t end = min64(finishing->row + finishing->share, finishing->tile->rows);
    epilogue_rows(finishing->tile, finishing->row, end);
    finishing->row = end;
  }
}

static inline __attribute__((always_inline)) void multiply(const int row_tiles, const int panels, const bool is_signed,
                                                           struct finishing *finishing) {
#define MULTIPLY(acc, a, b)                                                                                            \
  if (is_signed) {                                                                                                     \
    _tile_dpbssd(acc, a, b);                                                                                           \
  } else {                                                                                                             \
    _tile_dpbusd(acc, a, b);                                                                                           \
  }                                                                                                                    \
  finish_bytes(finishing);
  MULTIPLY(0, 4, 6)
  if (panels == 2) {
    MULTIPLY(1, 4, 7)
  }
  if (row_tiles == 2) {
    MULTIPLY(2, 5, 6)
  }
  if (row_tiles == 2 && panels == 2) {
    MULTIPLY(3, 5, 7)
  }
#undef MULTIPLY
}

static inline __attribute__((always_inline)) void begin(const int32_t *acc, const struct block *block,
                                                        const int row_tiles, const int panels) {
  const int32_t *second = acc + block->rows_first * NR;
  if (block->first) {
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    return;
  }
  _tile_loadd(0, acc, NR * 4);
  if (panels == 2) {
    _tile_loadd(1, acc + PANEL, NR * 4);
  }
  if (row_tiles == 2) {
    _tile_loadd(2, second, NR * 4);
  }
  if (row_tiles == 2 && panels == 2) {
    _tile_loadd(3, second + PANEL, NR * 4);
  }
}

static inline __attribute__((always_inline)) void store(const struct block *block, const int row_tiles,
                                                        const int panels) {
  const int64_t stride = block->sums_stride;
  int32_t *first = block->sums, *second = first + block->rows_first * stride;
  _tile_stored(0, first, stride * 4);
  if (panels == 2) {
    _tile_stored(1, first + PANEL, stride * 4);
  }
  if (row_tiles == 2) {
    _tile_stored(2, second, stride * 4);
  }
  if (row_tiles == 2 && panels == 2) {
    _tile_stored(3, second + PANEL, stride * 4);
  }
}

// One step of k. B passes by with the hint not to displace A in L1.
static inline __attribute__((always_inline)) void step(const uint8_t *a, const uint8_t *a_second, int64_t a_stride,
                                                       const int8_t *b, int64_t panel_bytes, const int row_tiles,
                                                       const int panels, const bool is_signed,
                                                       struct finishing *finishing) {
  _tile_stream_loadd(6, b, TILE_K);
  _tile_loadd(4, a, a_stride);
  if (panels == 2) {
    _tile_stream_loadd(7, b + panel_bytes, TILE_K);
  }
  if (row_tiles == 2) {
    _tile_loadd(5, a_second, a_stride);
  }
  multiply(row_tiles, panels, is_signed, finishing);
}

static inline __attribute__((always_inline)) struct finishing finishing_of(const struct epilogue *tile, int64_t steps,
                                                                           int64_t products, const bool bytes) {
  struct finishing finishing = {.tile = tile, .bytes = bytes};
  if (bytes) {
    finishing.left = tile->rows;
    finishing.twos = ceil_div(tile->rows, max64(2 * steps * products, 1));
    finishing.acc = tile->acc;
    finishing.y_stride = tile->call->y_row_stride;
    finishing.y = (uint8_t *)tile->call->y + tile->row * finishing.y_stride + tile->col;
    finishing.shared = epilogue_bytes_of(tile, 0);
  } else {
    finishing.share = max64(ceil_div(tile->rows, max64(steps, 1)), MIN_EPILOGUE_ROWS);
  }
  return finishing;
}

// Three or four short row tiles, one after another in a: of B, which is most of what such tiles load, a tile serves
// for all of them. One panel, all of k.
static inline __attribute__((always_inline)) void run_short_tiles(const struct block *block, const int8_t *b,
                                                                  int32_t *sums, const struct epilogue *finished,
                                                                  const int row_tiles, const bool is_signed,
                                                                  const bool bytes) {
  struct finishing finishing = finishing_of(finished, block->taps * block->steps, row_tiles, bytes);
  const int64_t stride = block->a_stride, apart = block->a_second - block->a;
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
#define MULTIPLY(acc, tile, at)                                                                                        \
  _tile_loadd(tile, at, stride);                                                                                       \
  if (is_signed) {                                                                                                     \
    _tile_dpbssd(acc, tile, 6);                                                                                        \
  } else {                                                                                                             \
    _tile_dpbusd(acc, tile, 6);                                                                                        \
  }                                                                                                                    \
  finish_bytes(&finishing);
  for (int64_t tap = 0; tap < block->taps; tap++) {
    const uint8_t *a = block->a + block->tap_offsets[tap];
    for (int64_t i = 0; i < block->steps; i++, a += TILE_K, b += TILE_BYTES) {
      _tile_stream_loadd(6, b, TILE_K);
      MULTIPLY(0, 4, a)
      MULTIPLY(1, 5, a + apart)
      MULTIPLY(2, 4, a + 2 * apart)
      if (row_tiles == 4) {
        MULTIPLY(3, 5, a + 3 * apart)
      }
      finish_others(&finishing);
    }
  }
#undef MULTIPLY
  finish_others(&finishing); // there was no step
  _tile_stored(0, sums, block->sums_stride * 4);
  _tile_stored(1, sums + block->rows_first * block->sums_stride, block->sums_stride * 4);
  _tile_stored(2, sums + 2 * block->rows_first * block->sums_stride, block->sums_stride * 4);
  if (row_tiles == 4) {
    _tile_stored(3, sums + 3 * block->rows_first * block->sums_stride, block->sums_stride * 4);
  }
}

// Row tiles by panels: sums = acc + a * b. In the meantime `finished` is brought into y.
static inline __attribute__((always_inline)) void run_tile(const struct block *block, const int8_t *b,
                                                           int64_t panel_bytes, const int32_t *acc,
                                                           const struct epilogue *finished, const int row_tiles,
                                                           const int panels, const bool is_signed, const bool bytes) {
  struct finishing finishing = finishing_of(finished, block->taps * block->steps, row_tiles * panels, bytes);
  int64_t ahead = 0;
  begin(acc, block, row_tiles, panels);
  for (int64_t tap = 0; tap < block->taps; tap++) {
    const uint8_t *a = block->a + block->tap_offsets[tap], *a_second = block->a_second + block->tap_offsets[tap];
    for (int64_t i = 0; i < block->steps; i++, a += TILE_K, a_second += TILE_K, b += TILE_BYTES) {
      step(a, a_second, block->a_stride, b, panel_bytes, row_tiles, panels, is_signed, &finishing);
      for (const int64_t end = min64(ahead + block->sums_ahead, block->rows); ahead < end; ahead++) {
        __builtin_prefetch(block->sums + ahead * block->sums_stride, 1);
        __builtin_prefetch(block->sums + ahead * block->sums_stride + PANEL, 1);
      }
      finish_others(&finishing);
    }
  }
  if (block->tail) {
    step(block->tail, block->tail + block->rows_first * TILE_K, TILE_K, b, panel_bytes, row_tiles, panels, is_signed,
         &finishing);
  }
  finish_others(&finishing); // there was no whole step
  store(block, row_tiles, panels);
}

// clang-format off
typedef void body(const struct block *, const int8_t *, int64_t, const int32_t *, const struct epilogue *);
#define BODY(a_type, rows, panels, what)                                                                               \
  static void tile_##a_type##_##rows##x##panels##_##what(const struct block *block, const int8_t *b,                   \
      int64_t panel_bytes, const int32_t *acc, const struct epilogue *finished) {                                      \
    run_tile(block, b, panel_bytes, acc, finished, rows, panels, A_IS_SIGNED_##a_type, FINISHES_##what);               \
  }
#define BODIES_OF(a_type, what)                                                                                        \
  BODY(a_type, 1, 1, what) BODY(a_type, 1, 2, what) BODY(a_type, 2, 1, what) BODY(a_type, 2, 2, what)
#define NAMES_OF(a_type, what)                                                                                         \
  {{tile_##a_type##_1x1_##what, tile_##a_type##_1x2_##what}, {tile_##a_type##_2x1_##what, tile_##a_type##_2x2_##what}}
enum { A_IS_SIGNED_u8, A_IS_SIGNED_s8, FINISHES_any = 0, FINISHES_bytes };
BODIES_OF(u8, any) BODIES_OF(u8, bytes) BODIES_OF(s8, any) BODIES_OF(s8, bytes)

// By signedness of A, whether rows of bytes are finished, row tiles - 1, panels - 1.
static body *const BODIES[2][2][2][2] = {{NAMES_OF(u8, any), NAMES_OF(u8, bytes)},
                                         {NAMES_OF(s8, any), NAMES_OF(s8, bytes)}};

typedef void short_body(const struct block *, const int8_t *, int32_t *, const struct epilogue *);
#define SHORT_BODY(a_type, rows, what)                                                                                 \
  static void short_##a_type##_##rows##_##what(const struct block *block, const int8_t *b, int32_t *sums,              \
                                               const struct epilogue *finished) {                                      \
    run_short_tiles(block, b, sums, finished, rows, A_IS_SIGNED_##a_type, FINISHES_##what);                            \
  }
SHORT_BODY(u8, 3, any) SHORT_BODY(u8, 3, bytes) SHORT_BODY(u8, 4, any) SHORT_BODY(u8, 4, bytes)
SHORT_BODY(s8, 3, any) SHORT_BODY(s8, 3, bytes) SHORT_BODY(s8, 4, any) SHORT_BODY(s8, 4, bytes)

// By signedness of A, whether rows of bytes are finished, row tiles - 3.
static short_body *const SHORT_BODIES[2][2][2] = {
    {{short_u8_3_any, short_u8_4_any}, {short_u8_3_bytes, short_u8_4_bytes}},
    {{short_s8_3_any, short_s8_4_any}, {short_s8_3_bytes, short_s8_4_bytes}}};
// clang-format on

// Tiles 0, 1, 4 have the rows of the first row tile, 2, 3, 5 those of the second.
static void configure(int64_t first, int64_t second) {
  struct tile_config config = {.palette = 1};
  for (int i = 0; i < 8; i++) {
    config.row_bytes[i] = TILE_K;
    config.rows[i] = TILE_ROWS;
  }
  config.rows[0] = config.rows[1] = config.rows[4] = (uint8_t)first;
  config.rows[2] = config.rows[3] = config.rows[5] = (uint8_t)(second > 0 ? second : first);
  __asm__ volatile("" : : "m"(config)); // gcc 12 takes the intrinsic to read eight bytes, and stores the rest later
  _tile_loadconfig(&config);
}

// Sums = acc + a * b for 32 columns or less, from `col` on, while the tile before is finished.
static void run_body(const struct block *block, const struct tern_gemm *gemm, int64_t cols, const int8_t *b,
                     int64_t panel_bytes, const int32_t *acc, const struct epilogue *finished) {
  const bool multiplies = block->taps * block->steps > 0 || block->tail;
  const bool bytes = multiplies && finished->rows > 0 && epilogue_is_bytes(finished, 0);
  BODIES[gemm->a_type == TERN_S8][bytes][block->row_tiles > 1][cols > PANEL](block, b, panel_bytes, acc, finished);
}

// Sums = a * b for one panel and three or four short row tiles, while the tile before is finished.
static inline void run_short(const struct block *block, const struct tern_gemm *gemm, const int8_t *b, int32_t *sums,
                             const struct epilogue *finished) {
  const bool bytes = block->taps * block->steps > 0 && finished->rows > 0 && epilogue_is_bytes(finished, 0);
  SHORT_BODIES[gemm->a_type == TERN_S8][bytes][block->row_tiles > 3](block, b, sums, finished);
}

// Whether y of these columns is the bare sums, of whole panels.
static bool is_bare(const struct tern_gemm *gemm, int64_t col, int64_t cols) {
  if (!epilogue_is_store(gemm) || cols % PANEL != 0) {
    return false;
  }
  __m512i any = _mm512_loadu_si512(gemm->seeds + col);
  if (cols > PANEL) {
    any = _mm512_or_si512(any, _mm512_loadu_si512(gemm->seeds + col + PANEL));
  }
  return _mm512_test_epi32_mask(any, any) == 0;
}

#endif
