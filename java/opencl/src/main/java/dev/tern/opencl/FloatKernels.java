package dev.tern.opencl;

import dev.tern.DataType;
import dev.tern.Gemm;
import dev.tern.Tensor;
import dev.tern.opencl.ClContext.Scratch;
import dev.tern.opencl.ClProgram.Entry;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** {@code gemm_f32.cl}. */
final class FloatKernels implements GemmKernels {
    private final Gemm gemm;
    private final ClContext context;
    private final Tile tile;
    private final ClKernel packRows;
    private final ClKernel packColumns;
    private final ClKernel multiply;
    private final ClBuffer bias;

    FloatKernels(final Gemm gemm, final ClContext context) {
        this.gemm = gemm;
        this.context = context;
        final ClProgram program = context.program();
        tile = program.tile();
        packRows = program.kernel(Entry.PACK_ROWS_F32);
        packColumns = program.kernel(Entry.PACK_COLUMNS_F32);
        multiply = program.kernel(Entry.GEMM_F32);
        final float[] values = gemm.floatBias() == null ? new float[0] : gemm.floatBias();
        final int padded = Math.toIntExact(tile.paddedColumns(gemm.n()));
        bias = context.upload(MemorySegment.ofArray(Arrays.copyOf(values, padded)));
    }

    @Override
    public long panelBytes() {
        return DataType.F32.bytes(tile.paddedColumns(gemm.n()) * gemm.k());
    }

    @Override
    public long seedBytes() {
        return 0;
    }

    @Override
    public void pack(final Tensor b, final ClBuffer panels, final ClBuffer seeds) {
        GemmKernels.pack(packColumns, b, gemm.layout().transposesB(), tile.columns(), panels);
    }

    @Override
    public void multiply(final Tensor a, final ClBuffer panels, final ClBuffer seeds, final Tensor y) {
        final int rows = Math.toIntExact(y.length(0));
        final long bytes = DataType.F32.bytes(tile.paddedRows(rows) * gemm.k());
        final ClBuffer rowPanels = context.scratch(Scratch.ROW_PANELS, bytes);
        GemmKernels.pack(packRows, a, !gemm.layout().transposesA(), tile.rows(), rowPanels);
        multiply.start()
                .buffer(rowPanels)
                .buffer(panels)
                .buffer(bias)
                .buffer(GemmKernels.buffer(y))
                .index(GemmKernels.offset(y))
                .index(y.stride(0))
                .integer(rows)
                .integer(gemm.n())
                .integer(gemm.k())
                .real(gemm.yMin())
                .real(gemm.yMax())
                .integer(gemm.accumulates() ? 1 : 0)
                .launch(Math.ceilDiv(gemm.n(), tile.columns()), Math.ceilDiv(rows, tile.rows()));
    }
}
