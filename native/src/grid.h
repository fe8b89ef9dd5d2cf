// grid.h -- the tiles of y in the order they are counted, and how a range of them becomes rectangles
#ifndef TERN_GRID_H
#define TERN_GRID_H

#include "kernel.h"

// The outer side is the one along which splitting the range splits the larger operand. Once it alone has enough tiles,
// the inner side is not divided.
struct grid {
  int64_t rows, cols, tile_rows, tile_cols;
  int64_t outer, inner; // tiles along each side
  bool rows_outer;
};

struct grid grid_of(int64_t rows, int64_t cols, int64_t tile_rows, int64_t tile_cols, bool rows_outer);

typedef void rectangle_function(const void *context, struct rectangle part);

// A contiguous range is at most three rectangles: the rest of the first outer tile, whole outer tiles, and the
// beginning of the last one.
void grid_run(const struct grid *grid, int64_t tile_begin, int64_t tile_end, rectangle_function *run,
              const void *context);

#endif
