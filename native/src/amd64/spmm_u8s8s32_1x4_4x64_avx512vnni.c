// spmm_u8s8s32_1x4_4x64_avx512vnni.c -- sparse int8 weights on vpdpbusd
//   acc[n][m] = seed[n] + sum over stored blocks of x[m][4j .. 4j+3] . w[n][4j .. 4j+3];  y by epilogue_avx512.h
//   layout:    s8_1x4 (spmm.h); lines of 64 rows of x: four registers, each 16 rows of a quad of k
//   registers: zmm 16 acc, 4 rows of weights x 4 vectors of rows of x; 1 quad of weights, broadcast; 4 of x. Per stored
//              quad of a row: one index, one broadcast and four loads feed four vpdpbusd. Two 64-byte loads a cycle
//              make that 2.5 cycles where vpdpbusd alone takes 2: at most 80 % of its peak. As a memory operand
//              vpdpbusd takes the signed side only, which is the weights'.
//   overflow:  vpdpbusd wraps, and so does the specification
//   reads:     exactly K elements of each row of x
//   target:    AVX-512 VNNI (Ice Lake, Zen 4 and later)
//   truth: scalar/spmm_u8s8s32_1x4_4x16_scalar.c    test: spmm_test    bench: scripts/bench sparse
#include "amd64.h"
#include "dot_avx512vnni.h"
#include "epilogue_avx512.h"
#include "spmm_avx512.h"

static inline __m512i dot_line(__m512i acc, const uint8_t *line, __m512i weights) {
  return dot_quads(acc, _mm512_load_si512(line), weights);
}

// 64 sums of a column to bytes: byte 4v + i of lane l is that of row 16v + 4l + i.
static inline __m512i column_bytes(const struct epilogue_bytes *shared, const int32_t *sums, float multiplier) {
  const __m512 scale = _mm512_set1_ps(multiplier);
  __m512i whole[SPMM_VECTORS];
#pragma GCC unroll 4
  for (int v = 0; v < SPMM_VECTORS; v++) {
    const __m512 real = _mm512_cvtepi32_ps(_mm512_load_si512(sums + v * SPMM_LANES));
    whole[v] = _mm512_cvtps_epi32(_mm512_mul_ps(real, scale));
  }
  const __m512i upper = _mm512_adds_epi16(_mm512_packs_epi32(whole[0], whole[1]), shared->zero_point);
  const __m512i lower = _mm512_adds_epi16(_mm512_packs_epi32(whole[2], whole[3]), shared->zero_point);
  return _mm512_min_epu8(shared->y_max, _mm512_max_epu8(shared->y_min, _mm512_packus_epi16(upper, lower)));
}

// to[v][row] = bytes of four columns of row 16v + row.
static inline void store_quads(const __m512i columns[4], __m512i *to, int64_t stride) {
  const __m512i ab_upper = _mm512_unpacklo_epi8(columns[0], columns[1]);
  const __m512i ab_lower = _mm512_unpackhi_epi8(columns[0], columns[1]);
  const __m512i cd_upper = _mm512_unpacklo_epi8(columns[2], columns[3]);
  const __m512i cd_lower = _mm512_unpackhi_epi8(columns[2], columns[3]);
  to[0] = _mm512_unpacklo_epi16(ab_upper, cd_upper), to[stride] = _mm512_unpackhi_epi16(ab_upper, cd_upper);
  to[2 * stride] = _mm512_unpacklo_epi16(ab_lower, cd_lower),
         to[3 * stride] = _mm512_unpackhi_epi16(ab_lower, cd_lower);
}

// 64 rows by 64 columns: rounded where their lanes are rows of x, then transposed as bytes, a quarter of the sums.
static void store_bytes(const struct spmm_result *result, const struct epilogue *epilogue) {
  const struct tern_gemm *gemm = result->call->gemm;
  const struct epilogue_bytes shared = epilogue_bytes_of(epilogue, 0);
  __m512i *quads = (__m512i *)result->tile;
  for (int64_t col = 0; col < SPMM_PANEL; col += 4) {
    __m512i columns[4];
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
      columns[i] =
          column_bytes(&shared, result->acc + (col + i) * result->stride, gemm->multipliers[result->col + col + i]);
    }
    store_quads(columns, quads + col / 4, SPMM_PANEL / 4);
  }
  const int64_t stride = result->call->y_row_stride;
  uint8_t *y = (uint8_t *)result->call->y + result->row * stride + result->col;
  for (int64_t row = 0; row < result->rows; row += SPMM_LANES) {
    const uint8_t *lines[16];
    for (int64_t i = 0; i < 16; i++) {
      lines[i] = (const uint8_t *)(quads + row / SPMM_LANES * 16 + i);
    }
    for (int64_t i = 0; i < SPMM_LANES; i += 4) {
      transpose_words(y + (row + i) * stride, stride, lines, i * 4, shared.flip);
    }
  }
}

static void store(const struct spmm_result *result) {
  const struct epilogue epilogue = {.call = result->call,
                                    .acc = result->tile,
                                    .acc_stride = SPMM_PANEL,
                                    .row = result->row,
                                    .rows = result->rows,
                                    .col = result->col,
                                    .cols = result->cols};
  if (result->rows == SPMM_LANES * SPMM_VECTORS && epilogue_is_bytes(&epilogue, 0) &&
      epilogue_is_bytes(&epilogue, EPILOGUE_WIDTH)) {
    store_bytes(result, &epilogue);
    return;
  }
  spmm_transpose_sums(result);
  epilogue_run(&epilogue);
}

static const struct spmm_kernel KERNEL = {NATIVE_U8,           SPMM_LANES,           SPMM_VECTORS, 4,
                                          spmm_prepare_avx512, spmm_multiply_avx512, store};

int64_t spmm_u8s8s32_1x4_4x64_avx512vnni_workspace(const struct tern_gemm *gemm, int64_t m) {
  (void)m;
  return spmm_workspace(&KERNEL, gemm);
}

void spmm_u8s8s32_1x4_4x64_avx512vnni(const struct gemm_call *call, struct rectangle part) {
  spmm_run(&KERNEL, call, part);
}
