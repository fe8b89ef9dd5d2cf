// spmm_u8s8s32_1x4_4x16_avx2.c -- sparse int8 weights on vpmaddwd
//   acc[n][m] = seed[n] + sum over stored blocks of x[m][4j .. 4j+3] . w[n][4j .. 4j+3];  y by epilogue_avx2.h
//   layout:    s8_1x4 (spmm.h); lines of 16 rows of x, widened to 16 bits, so that nothing can saturate:
//                  | k0 k1 of 8 rows | k0 k1 of 8 rows | k2 k3 of 8 rows | k2 k3 of 8 rows |     four registers
//   registers: ymm 8 acc, 4 rows of weights x 2 vectors of rows of x; 2 pairs of weights, broadcast; 1 product
//   overflow:  |pair| <= 2 * 255 * 128 < 2^31; sums wrap, and so does the specification
//   reads:     exactly K elements of each row of x
//   target:    AVX2
//   truth: scalar/spmm_u8s8s32_1x4_4x16_scalar.c    test: spmm_test    bench: scripts/bench sparse
#include "amd64.h"
#include "epilogue_avx2.h"
#include "spmm_avx2.h"

enum { LINE_BYTES = 8 };

static inline struct spmm_word broadcast_word(const int32_t *word) {
  const __m128i wide = _mm_cvtepi8_epi16(_mm_cvtsi32_si128(*word));
  return (struct spmm_word){{_mm256_broadcastd_epi32(wide), _mm256_broadcastd_epi32(_mm_srli_si128(wide, 4))}};
}

static inline __m256i dot_line(__m256i acc, const uint8_t *line, int v, int vectors, struct spmm_word word) {
  const __m256i *pairs = (const __m256i *)line;
  const __m256i first = _mm256_madd_epi16(_mm256_load_si256(pairs + v), word.parts[0]);
  const __m256i second = _mm256_madd_epi16(_mm256_load_si256(pairs + vectors + v), word.parts[1]);
  return _mm256_add_epi32(acc, _mm256_add_epi32(first, second));
}

// Missing rows repeat the last one; k beyond the last is 0.
static void prepare(const struct spmm_rows *rows) {
  const int64_t width = rows->vectors * SPMM_LANES;
  const int32_t offset = rows->is_signed ? 128 : 0; // s8 = (u8 ^ 0x80) - 128
  const uint8_t flip = rows->is_signed ? 0x80 : 0;
  for (int64_t row = 0; row < width; row++) {
    const uint8_t *x = rows->x + min64(row, rows->rows - 1) * rows->stride;
    for (int64_t k = 0; k < round_up(rows->bytes, 4); k++) {
      int16_t *pairs = (int16_t *)rows->lines + k / 2 * width * 2;
      pairs[row * 2 + k % 2] = (int16_t)(k < rows->bytes ? (x[k] ^ flip) - offset : 0);
    }
  }
}

static void multiply(const struct spmm_part *part) {
  spmm_multiply_avx2(part, LINE_BYTES);
}

static void store(const struct spmm_result *result) {
  for (int64_t row = 0; row < result->rows; row++) {
    for (int64_t col = 0; col < result->cols; col++) {
      result->tile[row * SPMM_PANEL + col] = result->acc[col * result->stride + row];
    }
  }
  const struct epilogue epilogue = {.call = result->call,
                                    .acc = result->tile,
                                    .acc_stride = SPMM_PANEL,
                                    .a_sums = result->acc, // times zero points that are all 0
                                    .row = result->row,
                                    .rows = result->rows,
                                    .col = result->col,
                                    .cols = result->cols};
  epilogue_run(&epilogue);
}

static const struct spmm_kernel KERNEL = {NATIVE_BOTH, SPMM_LANES, SPMM_VECTORS, LINE_BYTES, prepare, multiply, store};

int64_t spmm_u8s8s32_1x4_4x16_avx2_workspace(const struct tern_gemm *gemm, int64_t m) {
  (void)m;
  return spmm_workspace(&KERNEL, gemm);
}

void spmm_u8s8s32_1x4_4x16_avx2(const struct gemm_call *call, struct rectangle part) {
  spmm_run(&KERNEL, call, part);
}
