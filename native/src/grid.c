// grid.c -- ranges of tiles as rectangles
#include "grid.h"

enum { ENOUGH_OUTER_TILES = 16 };

struct grid grid_of(int64_t rows, int64_t cols, int64_t tile_rows, int64_t tile_cols, bool rows_outer) {
  const int64_t row_tiles = ceil_div(rows, tile_rows), col_tiles = ceil_div(cols, tile_cols);
  struct grid grid = {.rows = rows,
                      .cols = cols,
                      .tile_rows = tile_rows,
                      .tile_cols = tile_cols,
                      .outer = rows_outer ? row_tiles : col_tiles,
                      .inner = rows_outer ? col_tiles : row_tiles,
                      .rows_outer = rows_outer};
  if (grid.outer >= ENOUGH_OUTER_TILES && grid.inner > 0) {
    grid.inner = 1;
  }
  return grid;
}

// Runs tiles [outer_begin, outer_end) x [inner_begin, inner_end) as one rectangle.
static void run_rectangle(const struct grid *grid, int64_t outer_begin, int64_t outer_end, int64_t inner_begin,
                          int64_t inner_end, rectangle_function *run, const void *context) {
  if (outer_begin >= outer_end || inner_begin >= inner_end) {
    return;
  }
  const int64_t outer_step = grid->rows_outer ? grid->tile_rows : grid->tile_cols;
  const int64_t inner_step = grid->rows_outer ? grid->tile_cols : grid->tile_rows;
  const int64_t outer_size = grid->rows_outer ? grid->rows : grid->cols;
  const int64_t inner_size = grid->rows_outer ? grid->cols : grid->rows;
  const int64_t outer_from = outer_begin * outer_step, outer_to = min64(outer_end * outer_step, outer_size);
  const int64_t inner_from = inner_begin * inner_step;
  const int64_t inner_to = inner_end == grid->inner ? inner_size : inner_end * inner_step;
  run(context, grid->rows_outer ? (struct rectangle){outer_from, outer_to, inner_from, inner_to}
                                : (struct rectangle){inner_from, inner_to, outer_from, outer_to});
}

void grid_run(const struct grid *grid, int64_t tile_begin, int64_t tile_end, rectangle_function *run,
              const void *context) {
  if (tile_begin >= tile_end) {
    return;
  }
  const int64_t inner = grid->inner;
  const int64_t first = tile_begin / inner, last = tile_end / inner;
  const int64_t head = tile_begin % inner, tail = tile_end % inner;
  if (first == last) {
    run_rectangle(grid, first, first + 1, head, tail, run, context);
    return;
  }
  const int64_t whole = head == 0 ? first : first + 1;
  if (head != 0) {
    run_rectangle(grid, first, whole, head, inner, run, context);
  }
  run_rectangle(grid, whole, last, 0, inner, run, context);
  run_rectangle(grid, last, last + 1, 0, tail, run, context);
}
