// gemm_u8s8s32_6x64_avx512vnni.c -- int8 GEMM on vpdpbusd
//   acc[m][n] = seed[n] + sum_k a[m][k]*b[k][n];  y by epilogue_avx512.h
//   layout:    s8_n16k4: 64 bytes are four k of 16 columns, so one load feeds 16 sums and nothing is added across
//                 byte   0    1    2    3  |  4    5    6    7  | ...
//                      k0n0 k1n0 k2n0 k3n0 | k0n1 k1n1 k2n1 k3n1 | ...        four panels side by side make a tile
//   registers: zmm 0-23 acc, 6 rows x 4 panels; 4 of B; 1 quad of A, broadcast. Ten loads feed 24 vpdpbusd, which two
//              ports take in 12 cycles. Any rows x panels that need no more than 24 accumulators have a body of their
//              own. B comes from L2 without hints: they took issue slots, and the hardware prefetcher knows the panels.
//   overflow:  vpdpbusd wraps, and so does the specification
//   reads:     exactly K elements of each row of A; panels are padded
//   target:    AVX-512 VNNI (Ice Lake, Zen 4 and later)
//   truth: scalar/gemm_u8s8s32_1x1_scalar.c    test: gemm_s32_test    bench: bench/lab/gemm_lab.c
#include "../add_group.h"
#include "../int8.h"
#include "amd64.h"
#include "dot_avx512vnni.h"
#include "epilogue_avx512.h"
#include "group_row_avx512.h"

enum {
  MAX_ROWS = 12, // of the narrow bodies
  UNROLL = 4     // quads of k: what counts and steps costs as much as two quads of A
};

// `quads` times four k, from quads of A that lie `stride` bytes apart. Inlined with constant sizes, the arrays are
// registers.
static inline __attribute__((always_inline)) void multiply(const uint8_t *a, const int64_t stride, const int8_t *b,
                                                           const int64_t panel_bytes, const int quads, const int rows,
                                                           const int panels, __m512i acc[MAX_ROWS][4]) {
#pragma GCC unroll 4
  for (int i = 0; i < quads; i++) {
    __m512i b_quads[4];
#pragma GCC unroll 4
    for (int p = 0; p < panels; p++) {
      b_quads[p] = _mm512_load_si512(b + p * panel_bytes + i * 64);
    }
#pragma GCC unroll 12
    for (int r = 0; r < rows; r++) {
      const __m512i a_quad = quad(a + r * stride + i * 4);
#pragma GCC unroll 4
      for (int p = 0; p < panels; p++) {
        acc[r][p] = dot_quads(acc[r][p], a_quad, b_quads[p]);
      }
    }
  }
}

static inline __attribute__((always_inline)) void run_tile(const struct s32_tile *tile, const int rows,
                                                           const int panels) {
  __m512i acc[MAX_ROWS][4];
#pragma GCC unroll 4
  for (int p = 0; p < panels; p++) {
    const __mmask16 mask = p + 1 < panels ? (__mmask16)0xffff : column_mask(tile->last_cols);
    const __m512i seed = _mm512_maskz_loadu_epi32(mask, tile->seeds + p * 16);
#pragma GCC unroll 12
    for (int r = 0; r < rows; r++) {
      acc[r][p] = seed;
    }
  }
  const uint8_t *a = tile->a;
  const int8_t *b = tile->b;
  const int64_t a_stride = tile->a_stride, panel_bytes = tile->panel_bytes;
  int64_t k = tile->k;
  for (; k >= UNROLL * 4; k -= UNROLL * 4, a += UNROLL * 4, b += UNROLL * 64) {
    multiply(a, a_stride, b, panel_bytes, UNROLL, rows, panels, acc);
  }
  for (; k >= 4; k -= 4, a += 4, b += 64) {
    multiply(a, a_stride, b, panel_bytes, 1, rows, panels, acc);
  }
  if (k > 0) {
    multiply(tile->a_tails, 4, b, panel_bytes, 1, rows, panels, acc);
  }
#pragma GCC unroll 12
  for (int r = 0; r < rows; r++) {
#pragma GCC unroll 4
    for (int p = 0; p < panels; p++) {
      const __mmask16 mask = p + 1 < panels ? (__mmask16)0xffff : column_mask(tile->last_cols);
      _mm512_mask_storeu_epi32(tile->acc + r * tile->acc_stride + p * 16, mask, acc[r][p]);
    }
  }
}

static inline __attribute__((always_inline)) void run_group_row(const struct group_row *row, const int panels) {
  const struct tern_gemm *gemm = row->call->gemm;
  const uint8_t *a = row->a;
  const int8_t *b = row->b;
  struct group_sums sums = group_row_zeros(panels);
  for (int64_t group = 0; group < groups_of(gemm); group++) {
    __m512i acc[MAX_ROWS][4];
#pragma GCC unroll 4
    for (int p = 0; p < panels; p++) {
      acc[0][p] = _mm512_setzero_si512();
    }
    int64_t k = min64(gemm->group, gemm->k - group * gemm->group);
    for (; k >= UNROLL * 4; k -= UNROLL * 4, a += UNROLL * 4, b += UNROLL * 64) {
      multiply(a, 0, b, row->panel_bytes, UNROLL, 1, panels, acc);
    }
    for (; k >= 4; k -= 4, a += 4, b += 64) {
      multiply(a, 0, b, row->panel_bytes, 1, 1, panels, acc);
    }
    if (k > 0) {
      multiply(row->a_tail, 0, b, row->panel_bytes, 1, 1, panels, acc);
    }
    struct group_accumulators accumulators;
#pragma GCC unroll 4
    for (int p = 0; p < panels; p++) {
      accumulators.of[p] = acc[0][p];
    }
    group_row_add(row, group, panels, &accumulators, &sums);
  }
  group_row_store(row, panels, &sums);
}

static void group_row(const struct group_row *row) {
  switch (row->panels) {
  case 1:
    run_group_row(row, 1);
    break;
  case 2:
    run_group_row(row, 2);
    break;
  case 3:
    run_group_row(row, 3);
    break;
  default:
    run_group_row(row, 4);
  }
}

// clang-format off
#define BODY(rows, panels) static void tile_##rows##x##panels(const struct s32_tile *tile) { run_tile(tile, rows, panels); }
BODY(1, 1) BODY(2, 1) BODY(3, 1) BODY(4, 1) BODY(5, 1) BODY(6, 1) BODY(7, 1) BODY(8, 1) BODY(9, 1) BODY(10, 1) BODY(11, 1) BODY(12, 1)
BODY(1, 2) BODY(2, 2) BODY(3, 2) BODY(4, 2) BODY(5, 2) BODY(6, 2) BODY(7, 2) BODY(8, 2) BODY(9, 2) BODY(10, 2) BODY(11, 2) BODY(12, 2)
BODY(1, 3) BODY(2, 3) BODY(3, 3) BODY(4, 3) BODY(5, 3) BODY(6, 3) BODY(7, 3) BODY(8, 3)
BODY(1, 4) BODY(2, 4) BODY(3, 4) BODY(4, 4) BODY(5, 4) BODY(6, 4)

static const struct s32_kernel KERNEL = {&layout_s8_n16k4, NATIVE_U8, 4, {12, 12, 8, 6}, {
    {tile_1x1, tile_2x1, tile_3x1, tile_4x1, tile_5x1, tile_6x1, tile_7x1, tile_8x1, tile_9x1, tile_10x1, tile_11x1, tile_12x1},
    {tile_1x2, tile_2x2, tile_3x2, tile_4x2, tile_5x2, tile_6x2, tile_7x2, tile_8x2, tile_9x2, tile_10x2, tile_11x2, tile_12x2},
    {tile_1x3, tile_2x3, tile_3x3, tile_4x3, tile_5x3, tile_6x3, tile_7x3, tile_8x3},
    {tile_1x4, tile_2x4, tile_3x4, tile_4x4, tile_5x4, tile_6x4}}, epilogue_run, add_group, group_row};
// clang-format on

int64_t gemm_u8s8s32_6x64_avx512vnni_workspace(const struct tern_gemm *gemm, int64_t m) {
  return s32_workspace(&KERNEL, gemm, m);
}

void gemm_u8s8s32_6x64_avx512vnni(const struct gemm_call *call, struct rectangle part) {
  s32_run(&KERNEL, call, part);
}
