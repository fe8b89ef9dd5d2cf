// tile.cl -- the register tile that one work-item computes, and what the other files share
//
//   The files of this folder are one program, in the order tile, pack, gemm_f32, gemm_s8. It holds every kernel, so
//   that an FPGA is programmed by a single binary.
//
//   Both operands reach a GEMM kernel in panels: TILE_ROWS rows of a, or TILE_COLUMNS columns of b, side by side for
//   each term k, padded with zeros. A work-item reads one panel of each from its first byte to its last:
//
//                        b panel: TILE_COLUMNS wide
//                             k  [ b b b b b b ]
//                             |  [ b b b b b b ]
//      a panel          k --->   +-------------+
//      TILE_ROWS high   a a a a  |             |
//                       a a a a  |   y tile    |   TILE_ROWS x TILE_VECTORS accumulators of VECTOR_WIDTH lanes
//                       a a a a  |             |
//                                +-------------+
//
//   Built without options, the parameters suit a CPU with 512-bit vectors and an FPGA.

#ifndef TILE_ROWS
#define TILE_ROWS 8 // rows of y for each work-item           {1, 2, 4, 8, 16}
#endif
#ifndef VECTOR_WIDTH
#define VECTOR_WIDTH 16 // lanes of one accumulator           {4, 8, 16}
#endif
#ifndef TILE_VECTORS
#define TILE_VECTORS 2 // accumulators in a row of the tile   {1, 2, 4}
#endif
#ifndef PACK_TERMS
#define PACK_TERMS 128 // terms that one work-item packs      {multiples of 4}
#endif
#ifndef INTEGER_DOT_PRODUCT
#define INTEGER_DOT_PRODUCT 0 // cl_khr_integer_dot_product   {0, 1}
#endif

#define TILE_COLUMNS (VECTOR_WIDTH * TILE_VECTORS)

#if VECTOR_WIDTH != 4 && VECTOR_WIDTH != 8 && VECTOR_WIDTH != 16
#error "VECTOR_WIDTH must be 4, 8 or 16"
#endif
#if TILE_ROWS < 1 || TILE_ROWS > 16 || TILE_ROWS & (TILE_ROWS - 1)
#error "TILE_ROWS must be 1, 2, 4, 8 or 16"
#endif
#if TILE_ROWS * TILE_VECTORS > 32
#error "TILE_ROWS * TILE_VECTORS must be at most 32: no register file holds more accumulators"
#endif
#if PACK_TERMS % 4
#error "PACK_TERMS must be a multiple of 4: a quad of terms belongs to one work-item"
#endif

#define JOIN_NAMES(left, right) left##right
#define JOIN(left, right) JOIN_NAMES(left, right)
#define LANES(scalar) JOIN(scalar, VECTOR_WIDTH)
#define LOAD JOIN(vload, VECTOR_WIDTH)
#define STORE JOIN(vstore, VECTOR_WIDTH)
#define CONVERT(scalar) JOIN(convert_, LANES(scalar))
#define AS(scalar) JOIN(as_, LANES(scalar))

// Loops over the tile are unrolled whole: an accumulator reached by a variable index does not stay in a register.
#define EACH_ROW(r) _Pragma("unroll") for (int r = 0; r < TILE_ROWS; r++)
#define EACH_VECTOR(v) _Pragma("unroll") for (int v = 0; v < TILE_VECTORS; v++)

typedef LANES(float) floats;
typedef LANES(uint) uints; // integer sums are unsigned, since they wrap

// Products and sums of the epilogues are rounded one by one, as in Java; only the GEMM loops switch this on again.
#pragma OPENCL FP_CONTRACT OFF

/** A NaN passes, unlike through clamp(). */
static inline floats within(const floats value, const float low, const float high) {
  const floats raised = value < (floats)low ? (floats)low : value;
  return raised > (floats)high ? (floats)high : raised;
}

// store_<type>(value, y, count, accumulate): writes the first `count` lanes, and adds what is there if told so.
#define DEFINE_STORE(scalar)                                                                                           \
  static inline void store_##scalar(const LANES(scalar) value, global scalar *y, const int count,                      \
                                    const int accumulate) {                                                            \
    if (count >= VECTOR_WIDTH) {                                                                                       \
      STORE(accumulate ? value + LOAD(0, y) : value, 0, y);                                                            \
      return;                                                                                                          \
    }                                                                                                                  \
    const scalar *lane = (const scalar *)&value;                                                                       \
    for (int c = 0; c < count; c++) {                                                                                  \
      y[c] = accumulate ? lane[c] + y[c] : lane[c];                                                                    \
    }                                                                                                                  \
  }

DEFINE_STORE(float)
DEFINE_STORE(uint)
DEFINE_STORE(char)
DEFINE_STORE(uchar)
