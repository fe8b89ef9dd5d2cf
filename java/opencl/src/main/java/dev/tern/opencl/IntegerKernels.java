package dev.tern.opencl;

import dev.tern.DataType;
import dev.tern.Gemm;
import dev.tern.Tensor;
import dev.tern.opencl.ClContext.Scratch;
import dev.tern.opencl.ClProgram.Entry;
import java.lang.foreign.MemorySegment;

/** {@code gemm_s8.cl}. */
final class IntegerKernels implements GemmKernels {
    private static final int SIGN_BIAS = 128; // pack_rows_s8 adds it, so that packed rows are unsigned

    private final Gemm gemm;
    private final ClContext context;
    private final Tile tile;
    private final ClKernel packRows;
    private final ClKernel packColumns;
    private final ClKernel sumRows;
    private final ClKernel seedColumns;
    private final ClKernel multiply;
    private final ClBuffer bias;
    private final ClBuffer zeros;
    private final ClBuffer multipliers;
    private final boolean withRowSums;
    private final int aZero;

    IntegerKernels(final Gemm gemm, final ClContext context) {
        this.gemm = gemm;
        this.context = context;
        final ClProgram program = context.program();
        tile = program.tile();
        packRows = program.kernel(gemm.aType() == DataType.U8 ? Entry.PACK_ROWS_U8 : Entry.PACK_ROWS_S8);
        packColumns = program.kernel(Entry.PACK_COLUMNS_S8);
        sumRows = program.kernel(Entry.SUM_ROWS);
        seedColumns = program.kernel(Entry.SEED_COLUMNS);
        multiply = program.kernel(Entry.GEMM_S8);
        aZero = gemm.aQuantization().zeroPoint(0) + (gemm.aType() == DataType.S8 ? SIGN_BIAS : 0);
        withRowSums = !gemm.bQuantization().isSymmetric();

        final int padded = Math.toIntExact(tile.paddedColumns(gemm.n()));
        final int[] biasValues = new int[padded];
        final int[] zeroValues = new int[padded];
        final float[] multiplierValues = new float[padded];
        final int[] givenBias = gemm.intBias();
        for (int n = 0; n < gemm.n(); n++) {
            biasValues[n] = givenBias == null ? 0 : givenBias[n];
            zeroValues[n] = gemm.bQuantization().zeroPoint(n);
            multiplierValues[n] = gemm.multiplier(n);
        }
        bias = context.upload(MemorySegment.ofArray(biasValues));
        zeros = context.upload(MemorySegment.ofArray(zeroValues));
        multipliers = context.upload(MemorySegment.ofArray(multiplierValues));
    }

    @Override
    public long panelBytes() {
        return tile.paddedColumns(gemm.n()) * tile.paddedTerms(gemm.k());
    }

    @Override
    public long seedBytes() {
        return DataType.S32.bytes(tile.paddedColumns(gemm.n()));
    }

    @Override
    public void pack(final Tensor b, final ClBuffer panels, final ClBuffer seeds) {
        GemmKernels.pack(packColumns, b, gemm.layout().transposesB(), tile.columns(), panels);
        final int columns = Math.toIntExact(tile.paddedColumns(gemm.n()));
        seedColumns
                .start()
                .buffer(panels)
                .buffer(bias)
                .buffer(zeros)
                .integer(aZero)
                .integer(columns)
                .integer(gemm.k())
                .buffer(seeds)
                .launch(columns, 1);
    }

    @Override
    public void multiply(final Tensor a, final ClBuffer panels, final ClBuffer seeds, final Tensor y) {
        final int rows = Math.toIntExact(y.length(0));
        final ClBuffer rowPanels = packRows(a, rows);
        multiply.start()
                .buffer(rowPanels)
                .buffer(panels)
                .buffer(sumRows(rowPanels, rows))
                .buffer(seeds)
                .buffer(zeros)
                .buffer(multipliers)
                .buffer(GemmKernels.buffer(y))
                .index(GemmKernels.offset(y))
                .index(y.stride(0))
                .integer(rows)
                .integer(gemm.n())
                .integer(gemm.k())
                .integer(withRowSums ? 1 : 0)
                .integer(code(gemm.yType()))
                .real(gemm.yType().isByte() ? gemm.yQuantization().zeroPoint(0) : 0)
                .real(gemm.yMin())
                .real(gemm.yMax())
                .integer(gemm.accumulates() ? 1 : 0)
                .launch(Math.ceilDiv(gemm.n(), tile.columns()), Math.ceilDiv(rows, tile.rows()));
    }

    private ClBuffer packRows(final Tensor a, final int rows) {
        final long termBytes = tile.dotProduct() ? Byte.BYTES : Float.BYTES;
        final long bytes = tile.paddedRows(rows) * tile.paddedTerms(gemm.k()) * termBytes;
        final ClBuffer rowPanels = context.scratch(Scratch.ROW_PANELS, bytes);
        GemmKernels.pack(packRows, a, true, tile.rows(), rowPanels);
        return rowPanels;
    }

    /** What zero points of columns are multiplied by; not computed, and never read, where they are all 0. */
    private ClBuffer sumRows(final ClBuffer rowPanels, final int rows) {
        final int padded = Math.toIntExact(tile.paddedRows(rows));
        final ClBuffer sums = context.scratch(Scratch.ROW_SUMS, DataType.S32.bytes(padded));
        if (withRowSums) {
            sumRows.start()
                    .buffer(rowPanels)
                    .integer(padded)
                    .integer(gemm.k())
                    .buffer(sums)
                    .launch(padded, 1);
        }
        return sums;
    }

    /** The Y_… of {@code gemm_s8.cl}. */
    private static int code(final DataType y) {
        return switch (y) {
            case S32 -> 0;
            case F32 -> 1;
            case S8 -> 2;
            case U8 -> 3;
            default -> throw new IllegalStateException("y type: " + y);
        };
    }
}
