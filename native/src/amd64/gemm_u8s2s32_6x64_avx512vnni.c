// gemm_u8s2s32_6x64_avx512vnni.c -- GEMM of bytes and 2-bit weights on vpdpbusd
//   acc[m][n] = seed[n] + sum_k a[m][k]*b[k][n];  y by epilogue_avx512.h
//   layout:    s2_n16k16: 64 bytes are 16 k of 16 columns
//                 byte 0 of a column: k0 k4 k8 k12 from its lowest bits up; byte 1: k1 k5 k9 k13; and so on
//   registers: zmm 0-23 acc, 6 rows x 4 panels; 4 of B; 1 quad of A, broadcast. For each four k of all
//   columns
//              24 vpdpbusd in 12 cycles; seven instructions bring 64 bytes of B into four operands. One row: 16 acc, 8
//              constants, 1 excess; four instructions for four operands, 35 in 17.5 cycles for 16 vpdpbusd, 46 % of
//              their peak; or the bytes of B, of which there are 4 times fewer than in int8.
//   overflow:  none up to K = 65,793 (gemm_narrow_avx512vnni.h)
//   reads:     exactly K elements of each row of A; panels are padded with zeros
//   target:    AVX-512 VNNI (Ice Lake, Zen 4 and later)
//   truth: scalar/gemm_u8s2s32_1x1_scalar.c    test: gemm_s32_test    bench: bench/lab/gemm_lab.c
#include "../add_group.h"
#include "amd64.h"
#include "gemm_narrow_avx512vnni.h"

enum { TERMS = 4 };

// clang-format off
#define BODY(rows, panels) static void tile_##rows##x##panels(const struct s32_tile *tile) { run_tile(tile, TERMS, rows, panels); }
BODY(1, 1) BODY(2, 1) BODY(3, 1) BODY(4, 1) BODY(5, 1) BODY(6, 1) BODY(7, 1) BODY(8, 1) BODY(9, 1) BODY(10, 1) BODY(11, 1) BODY(12, 1)
BODY(1, 2) BODY(2, 2) BODY(3, 2) BODY(4, 2) BODY(5, 2) BODY(6, 2) BODY(7, 2) BODY(8, 2) BODY(9, 2) BODY(10, 2) BODY(11, 2) BODY(12, 2)
BODY(1, 3) BODY(2, 3) BODY(3, 3) BODY(4, 3) BODY(5, 3) BODY(6, 3) BODY(7, 3) BODY(8, 3)
BODY(1, 4) BODY(2, 4) BODY(3, 4) BODY(4, 4) BODY(5, 4) BODY(6, 4)

static void group_row(const struct group_row *row) {
  group_row_of(row, TERMS);
}

static const struct s32_kernel KERNEL = {&layout_s2_n16k16, NATIVE_U8, 4, {12, 12, 8, 6}, {
    {tile_1x1, tile_2x1, tile_3x1, tile_4x1, tile_5x1, tile_6x1, tile_7x1, tile_8x1, tile_9x1, tile_10x1, tile_11x1, tile_12x1},
    {tile_1x2, tile_2x2, tile_3x2, tile_4x2, tile_5x2, tile_6x2, tile_7x2, tile_8x2, tile_9x2, tile_10x2, tile_11x2, tile_12x2},
    {tile_1x3, tile_2x3, tile_3x3, tile_4x3, tile_5x3, tile_6x3, tile_7x3, tile_8x3},
    {tile_1x4, tile_2x4, tile_3x4, tile_4x4, tile_5x4, tile_6x4}}, epilogue_run, add_group, group_row};
// clang-format on

int64_t gemm_u8s2s32_6x64_avx512vnni_workspace(const struct tern_gemm *gemm, int64_t m) {
  return s32_workspace(&KERNEL, gemm, m);
}

void gemm_u8s2s32_6x64_avx512vnni(const struct gemm_call *call, struct rectangle part) {
  s32_run(&KERNEL, call, part);
}
