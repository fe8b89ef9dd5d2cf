package dev.tern.vector;

import static dev.tern.vector.VectorWidth.COLUMNS;

import dev.tern.Execution;
import dev.tern.Gemm;
import dev.tern.PackedForm;
import dev.tern.PackedWeights;
import dev.tern.Tensor;
import dev.tern.Workspace;

/** Weights of eight bits or fewer, in panels of bytes, one for each weight. */
abstract class ByteGemm extends BlockedGemm {
    private final RowPanels rows;
    private final Panels weights;

    /** Packed weights. */
    static final class Panels implements PackedForm {
        private byte[] values;

        Panels(final byte[] values) {
            this.values = values;
        }

        @Override
        public long bytes() {
            return values.length;
        }

        @Override
        public void free() {
            values = null;
        }
    }

    static ByteGemm compile(
            final Gemm gemm, final Operands operands, final PackedWeights weights, final Execution execution) {
        final Panels panels = weights == null
                ? null
                : weights.form(
                        "vector s8 " + COLUMNS + operands.name(),
                        Panels.class,
                        b -> pack(new ColumnPanels(gemm, operands), b, execution));
        return gemm.scalesWeights()
                ? new ScaledGemm(gemm, operands, panels, execution)
                : new IntegerGemm(gemm, operands, panels, execution);
    }

    private static Panels pack(final ColumnPanels columns, final Tensor b, final Execution execution) {
        final byte[] values = new byte[(int) columns.elements() + ByteTiles.OVER_READ];
        execution.parallel((from, to, w) -> columns.pack(b, 0, (int) from, (int) to, values, w), columns.count(), 1);
        return new Panels(values);
    }

    /** @param weights null where b comes with each run */
    ByteGemm(final Gemm gemm, final Operands operands, final Panels weights, final Execution execution) {
        super(gemm, operands, execution);
        this.rows = new RowPanels(gemm, operands.a());
        this.weights = weights;
    }

    /** A run whose rows of a become floats, less their zero point. */
    abstract class ByteRun extends Run {
        private byte[] panels = new byte[0];

        /** Those of b, packed or of this run. */
        final byte[] panels() {
            return weights == null ? panels : weights.values;
        }

        @Override
        final void reservePanels() {
            final int length = (int) columns.elements() + ByteTiles.OVER_READ;
            if (panels.length < length) {
                panels = new byte[length];
            }
        }

        @Override
        final void packPanels(
                final Tensor from, final long matrix, final int first, final int last, final Workspace workspace) {
            columns.pack(from, matrix, first, last, panels, workspace);
        }

        @Override
        final void packRows(final Tensor from, final Block block) {
            rows.pack(from, block.row, block.rows, block.workspace);
        }
    }
}
