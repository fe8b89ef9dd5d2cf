// gemm_f32.cl -- y[m][n] = clamp(sum_k a[m][k] * b[k][n] + bias[n]) (+ y[m][n])
//
//   a      panels[m / TILE_ROWS][k][m % TILE_ROWS]           of pack_rows_f32
//   b      panels[n / TILE_COLUMNS][k][n % TILE_COLUMNS]     of pack_columns_f32
//   bias   one for each column, padded to whole panels
//   y      y[y_offset + m * y_stride + n], written inside rows x columns only
//   work   get_global_id(0) counts panels of b, get_global_id(1) panels of a: neighbours share the rows in cache
//   error  each sum is `terms` multiply-adds in order of k, fused where the device can, then one addition of bias
//   truth: ReferenceGemm    test: OpenClGemmTest

kernel void gemm_f32(global const float *restrict a, global const float *restrict b, global const float *restrict bias,
                     global float *restrict y, const long y_offset, const long y_stride, const int rows,
                     const int columns, const int terms, const float low, const float high, const int accumulate) {
#pragma OPENCL FP_CONTRACT ON
  const int column0 = (int)get_global_id(0) * TILE_COLUMNS;
  const int row0 = (int)get_global_id(1) * TILE_ROWS;
  if (row0 >= rows || column0 >= columns) {
    return;
  }
  global const float *row_terms = a + (long)row0 * terms;
  global const float *column_terms = b + (long)column0 * terms;

  floats sum[TILE_ROWS][TILE_VECTORS];
  EACH_ROW(r) {
    EACH_VECTOR(v) {
      sum[r][v] = 0;
    }
  }
  for (int k = 0; k < terms; k++) {
    floats term[TILE_VECTORS];
    EACH_VECTOR(v) {
      term[v] = LOAD(v, column_terms);
    }
    EACH_ROW(r) {
      const floats factor = (floats)row_terms[r];
      EACH_VECTOR(v) {
        sum[r][v] = factor * term[v] + sum[r][v];
      }
    }
    row_terms += TILE_ROWS;
    column_terms += TILE_COLUMNS;
  }

  floats tile[TILE_ROWS][TILE_VECTORS]; // the sums once more, for a plain loop: an unrolled one takes long to compile
  EACH_ROW(r) {
    EACH_VECTOR(v) {
      tile[r][v] = sum[r][v];
    }
  }
  const int height = min(TILE_ROWS, rows - row0);
  for (int r = 0; r < height; r++) {
    for (int column = column0; column < min(column0 + TILE_COLUMNS, columns); column += VECTOR_WIDTH) {
      const floats real = within(tile[r][(column - column0) / VECTOR_WIDTH] + LOAD(0, bias + column), low, high);
      store_float(real, y + y_offset + (row0 + r) * y_stride + column, columns - column, accumulate);
    }
  }
}
