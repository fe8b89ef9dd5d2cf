// pack.cl -- operands into panels
//
//   lane  a row of a, or a column of b:   in[offset + lane * lane_stride + k * term_stride]     (strides in elements)
//   panel p holds the lanes p * width .. p * width + width - 1, width being TILE_ROWS or TILE_COLUMNS:
//
//      f32, s8 of b, float of a    panels[p][k][lane]            width elements for each k
//      quads (integer dot product) panels[p][k / 4][lane][k % 4]
//
//   Lanes and terms that the operand does not have are zero. A work-item packs PACK_TERMS terms of one panel:
//   get_global_id(0) counts the blocks of terms, get_global_id(1) the panels.
//   s8 rows of a are stored as a + 128, so that packed rows are unsigned; the host adds 128 to their zero point.

#if INTEGER_DOT_PRODUCT
#define TERMS_TOGETHER 4
typedef uchar row_term;
#else
#define TERMS_TOGETHER 1
typedef float row_term; // converted once here, not once for each column in the GEMM
#endif

/** Terms after padding to whole quads. */
static inline int padded_terms(const int terms) {
  return (terms + TERMS_TOGETHER - 1) / TERMS_TOGETHER * TERMS_TOGETHER;
}

#define DEFINE_PACK(name, in_type, out_type, width, together, bias)                                                    \
  kernel void name(global const in_type *restrict in, const long offset, const long lane_stride,                       \
                   const long term_stride, const int lanes, const int terms, global out_type *restrict panels) {       \
    const int padded = (terms + together - 1) / together * together;                                                   \
    const int first = (int)get_global_id(0) * PACK_TERMS;                                                              \
    const int lane0 = (int)get_global_id(1) * width;                                                                   \
    if (first >= padded || lane0 >= lanes) {                                                                           \
      return;                                                                                                          \
    }                                                                                                                  \
    global out_type *panel = panels + (long)lane0 * padded;                                                            \
    const int last = min(first + PACK_TERMS, padded);                                                                  \
    for (int k = first; k < last; k++) {                                                                               \
      global out_type *out = panel + (long)(k / together) * width * together + k % together;                           \
      global const in_type *term = in + offset + lane0 * lane_stride + k * term_stride;                                \
      const int inside = k < terms ? min(width, lanes - lane0) : 0;                                                    \
      if (inside == width) {                                                                                           \
        _Pragma("unroll") for (int lane = 0; lane < width; lane++) {                                                   \
          out[lane * together] = (out_type)(term[lane * lane_stride] + (bias));                                        \
        }                                                                                                              \
        continue;                                                                                                      \
      }                                                                                                                \
      for (int lane = 0; lane < width; lane++) {                                                                       \
        out[lane * together] = lane < inside ? (out_type)(term[lane * lane_stride] + (bias)) : (out_type)0;            \
      }                                                                                                                \
    }                                                                                                                  \
  }

DEFINE_PACK(pack_rows_f32, float, float, TILE_ROWS, 1, 0)
DEFINE_PACK(pack_rows_u8, uchar, row_term, TILE_ROWS, TERMS_TOGETHER, 0)
DEFINE_PACK(pack_rows_s8, char, row_term, TILE_ROWS, TERMS_TOGETHER, 128)
DEFINE_PACK(pack_columns_f32, float, float, TILE_COLUMNS, 1, 0)
DEFINE_PACK(pack_columns_s8, char, char, TILE_COLUMNS, TERMS_TOGETHER, 0)

// sum_<panel>: sums[lane] = sum_k panel[k][lane]; one work-item for each lane.
#define DEFINE_SUM(name, panel_type)                                                                                   \
  static inline uint name(global const panel_type *panels, const int lane, const int width, const int terms) {         \
    const int padded = padded_terms(terms);                                                                            \
    global const panel_type *panel = panels + (long)(lane / width * width) * padded + lane % width * TERMS_TOGETHER;   \
    uint sum = 0;                                                                                                      \
    for (int k = 0; k < padded; k++) {                                                                                 \
      sum += (int)panel[(long)(k / TERMS_TOGETHER) * width * TERMS_TOGETHER + k % TERMS_TOGETHER];                     \
    }                                                                                                                  \
    return sum;                                                                                                        \
  }

DEFINE_SUM(sum_row, row_term)
DEFINE_SUM(sum_column, char)

/** sums[row] = sum_k a, for each of `rows` padded rows. */
kernel void sum_rows(global const row_term *restrict panels, const int rows, const int terms,
                     global uint *restrict sums) {
  const int row = get_global_id(0);
  if (row < rows && get_global_id(1) == 0) {
    sums[row] = sum_row(panels, row, TILE_ROWS, terms);
  }
}

// What a column's sum starts from:
//
//   sum_k (a - za) * (b - zb) + bias = sum_k a * b - zb * sum_k a + seed
//   seed = bias - za * sum_k b + terms * za * zb
/** seeds[column], for each of `columns` padded columns. */
kernel void seed_columns(global const char *restrict panels, global const uint *restrict bias,
                         global const uint *restrict zeros, const uint a_zero, const int columns, const int terms,
                         global uint *restrict seeds) {
  const int column = get_global_id(0);
  if (column < columns && get_global_id(1) == 0) {
    const uint sum = sum_column(panels, column, TILE_COLUMNS, terms);
    seeds[column] = bias[column] - a_zero * sum + terms * a_zero * zeros[column];
  }
}
