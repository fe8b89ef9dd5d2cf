// gemm_s8.cl -- acc[m][n] = sum_k (a[m][k] - za) * (b[k][n] - zb[n]) + bias[n] modulo 2^32, and its epilogues:
//
//   Y_S32         y = acc (+ y)
//   Y_F32         y = clamp((float) acc * multiplier[n]) (+ y)
//   Y_S8, Y_U8    y = clamp(rint((float) acc * multiplier[n]) + zy)
//
//   a, b      panels of pack_rows_u8 or pack_rows_s8, and of pack_columns_s8
//   row_sums  sum_k a, read only where `with_row_sums` says that some zb is not 0
//   seeds, zeros, multipliers     one for each column, padded to whole panels; the seeds are made by seed_columns
//   y         y[y_offset + m * y_stride + n] of its type, written inside rows x columns only
//   work      get_global_id(0) counts panels of b, get_global_id(1) panels of a: neighbours share the rows in cache
//   truth: ReferenceGemm    test: OpenClGemmTest

#define Y_S32 0
#define Y_F32 1
#define Y_S8 2
#define Y_U8 3

#if INTEGER_DOT_PRODUCT

#ifndef cl_khr_integer_dot_product
/** Stands in for the extension, so that the path can be tested on any device. */
static inline int dot_4x8packed_us_int(const uint left, const uint right) {
  const int4 products = convert_int4(as_uchar4(left)) * convert_int4(as_char4(right));
  return products.x + products.y + products.z + products.w;
}
#endif

/** sum + the dot product of a row's quad with each column's. */
static inline uints add_dots(const uints sum, const uint row_quad, const uints column_quads) {
  uints added = sum;
  uint *lane = (uint *)&added;
  const uint *column_quad = (const uint *)&column_quads;
#pragma unroll
  for (int c = 0; c < VECTOR_WIDTH; c++) {
    lane[c] += dot_4x8packed_us_int(row_quad, column_quad[c]);
  }
  return added;
}

static inline void add_products(global const uchar *restrict a, global const char *restrict b, const int terms,
                                uints acc[TILE_ROWS][TILE_VECTORS]) {
  global const uint *row_quads = (global const uint *)a;
  global const uint *column_quads = (global const uint *)b;
  uints sum[TILE_ROWS][TILE_VECTORS];
  EACH_ROW(r) {
    EACH_VECTOR(v) {
      sum[r][v] = 0;
    }
  }
  for (int k = 0; k < terms; k += TERMS_TOGETHER) {
    uints quads[TILE_VECTORS];
    EACH_VECTOR(v) {
      quads[v] = LOAD(v, column_quads);
    }
    EACH_ROW(r) {
      EACH_VECTOR(v) {
        sum[r][v] = add_dots(sum[r][v], row_quads[r], quads[v]);
      }
    }
    row_quads += TILE_ROWS;
    column_quads += TILE_COLUMNS;
  }
  EACH_ROW(r) {
    EACH_VECTOR(v) {
      acc[r][v] += sum[r][v];
    }
  }
}

#else

// f32 multiply-adds, in blocks: a sum of integers that stays within 2^24 is exact in any order, and the largest,
// 255 * 128 * 512 = 16,711,680, does.
#define EXACT_TERMS 512

static inline void add_block(global const float *restrict a, global const char *restrict b, const int terms,
                             uints acc[TILE_ROWS][TILE_VECTORS]) {
#pragma OPENCL FP_CONTRACT ON
  floats sum[TILE_ROWS][TILE_VECTORS];
  EACH_ROW(r) {
    EACH_VECTOR(v) {
      sum[r][v] = 0;
    }
  }
  for (int k = 0; k < terms; k++) {
    floats term[TILE_VECTORS];
    EACH_VECTOR(v) {
      term[v] = CONVERT(float)(LOAD(v, b));
    }
    EACH_ROW(r) {
      const floats factor = (floats)a[r];
      EACH_VECTOR(v) {
        sum[r][v] = factor * term[v] + sum[r][v];
      }
    }
    a += TILE_ROWS;
    b += TILE_COLUMNS;
  }
  EACH_ROW(r) {
    EACH_VECTOR(v) {
      acc[r][v] += AS(uint)(CONVERT(int)(sum[r][v]));
    }
  }
}

static inline void add_products(global const float *restrict a, global const char *restrict b, const int terms,
                                uints acc[TILE_ROWS][TILE_VECTORS]) {
  for (int k = 0; k < terms; k += EXACT_TERMS) {
    add_block(a + (long)k * TILE_ROWS, b + (long)k * TILE_COLUMNS, min(terms - k, EXACT_TERMS), acc);
  }
}

#endif

static inline floats scaled(const uints acc, const floats multiplier) {
  return CONVERT(float)(AS(int)(acc)) * multiplier;
}

kernel void gemm_s8(global const row_term *restrict a, global const char *restrict b,
                    global const uint *restrict row_sums, global const uint *restrict seeds,
                    global const uint *restrict zeros, global const float *restrict multipliers,
                    global uchar *restrict y, const long y_offset, const long y_stride, const int rows,
                    const int columns, const int terms, const int with_row_sums, const int y_type, const float y_zero,
                    const float low, const float high, const int accumulate) {
  const int column0 = (int)get_global_id(0) * TILE_COLUMNS;
  const int row0 = (int)get_global_id(1) * TILE_ROWS;
  if (row0 >= rows || column0 >= columns) {
    return;
  }
  const long panel_terms = padded_terms(terms);
  uints acc[TILE_ROWS][TILE_VECTORS];
  EACH_ROW(r) {
    const uints row_sum = (uints)(with_row_sums ? row_sums[row0 + r] : 0);
    EACH_VECTOR(v) {
      acc[r][v] = LOAD(v, seeds + column0) - LOAD(v, zeros + column0) * row_sum;
    }
  }
  add_products(a + row0 * panel_terms, b + column0 * panel_terms, terms, acc);

  const int height = min(TILE_ROWS, rows - row0);
  for (int r = 0; r < height; r++) {
    for (int column = column0; column < min(column0 + TILE_COLUMNS, columns); column += VECTOR_WIDTH) {
      const uints sum = acc[r][(column - column0) / VECTOR_WIDTH];
      const floats real = scaled(sum, LOAD(0, multipliers + column));
      const floats byte = within(rint(real) + (floats)y_zero, low, high);
      const long at = y_offset + (row0 + r) * y_stride + column;
      const int count = columns - column;
      switch (y_type) {
      case Y_S32:
        store_uint(sum, (global uint *)y + at, count, accumulate);
        break;
      case Y_F32:
        store_float(within(real, low, high), (global float *)y + at, count, accumulate);
        break;
      case Y_S8:
        store_char(CONVERT(char)(byte), (global char *)y + at, count, 0);
        break;
      default:
        store_uchar(CONVERT(uchar)(byte), y + at, count, 0);
        break;
      }
    }
  }
}
