package dev.tern.vector;

import static dev.tern.vector.VectorWidth.COLUMNS;
import static dev.tern.vector.VectorWidth.FLOATS;
import static dev.tern.vector.VectorWidth.LANES;
import static dev.tern.vector.VectorWidth.ROWS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.tern.Execution;
import dev.tern.Gemm;
import dev.tern.Quantization;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/**
 * Weights whose scales come into the sums: beside f32 activations, or one for each group of k. A piece of a panel
 * becomes floats, less its zero points, in scratch that stays in the L1 cache; beside f32 it is scaled there, beside
 * integers its exact products are.
 */
final class ScaledGemm extends ByteGemm {
    private static final float[] ZEROS = new float[COLUMNS];

    private final int width; // columns of all panels
    private final int group;
    private final int depth; // of a piece: whole groups, or a part of one that is the whole k
    private final float[] scales; // [groups][width]
    private final float[] zeroPoints;
    private final float[] bias;
    private final float aScale;

    ScaledGemm(final Gemm gemm, final Operands operands, final Panels weights, final Execution execution) {
        super(gemm, operands, weights, execution);
        final Quantization q = gemm.bQuantization();
        width = columns.count() * COLUMNS;
        group = gemm.groupLength();
        depth = gemm.isQuantized() ? group : FloatGemm.DEPTH;
        scales = new float[q.groups() * width];
        zeroPoints = new float[q.groups() * width];
        for (int g = 0; g < q.groups(); g++) {
            for (int c = 0; c < gemm.n(); c++) {
                scales[g * width + c] = q.scale(c, g);
                zeroPoints[g * width + c] = q.zeroPoint(c, g);
            }
        }
        final float[] given = gemm.floatBias();
        bias = Arrays.copyOf(given == null ? new float[0] : given, width);
        aScale = gemm.aQuantization().scale(0);
    }

    @Override
    Run newRun() {
        return new ScaledRun();
    }

    private final class ScaledRun extends ByteRun {
        @Override
        void multiply(final Block block) {
            final float[] sums = block.workspace.floats(Scratch.SUMS, block.size());
            Arrays.fill(sums, 0, block.size(), 0);
            for (int from = 0; from < k; from += depth) {
                for (int p = 0; p < block.panels; p++) {
                    multiplyPanel(block, p, from, Math.min(depth, k - from), sums);
                }
            }
            finish(block, sums);
            Output.clamp(sums, block.rows * block.stride(), gemm);
            if (gemm.accumulates()) {
                Output.addY(block, sums);
            }
            Output.store(sums, block, JAVA_FLOAT_UNALIGNED);
        }

        private void multiplyPanel(
                final Block block, final int p, final int from, final int count, final float[] sums) {
            final float[] a = block.workspace.floats(Scratch.ROW_PANELS, 0);
            final float[] wide = block.workspace.floats(Scratch.PANEL, depth * COLUMNS);
            final int panel = block.panel + p;
            widen(panel, from, count, wide);
            for (int r = 0; r < block.rows; r += RowPanels.tileRows(block.rows - r)) {
                final int rows = RowPanels.tileRows(block.rows - r);
                final int aAt = r * k + from * rows;
                final int at = r * block.stride() + p * COLUMNS;
                if (gemm.isQuantized()) {
                    final float[] tile = block.workspace.floats(Scratch.STAGED, ROWS * COLUMNS);
                    FloatTiles.multiply(rows, a, aAt, wide, 0, count, ZEROS, 0, 0, tile, 0, COLUMNS);
                    final int scaleAt = from / group * width + panel * COLUMNS;
                    ByteTiles.addScaled(tile, rows, scales, scaleAt, sums, at, block.stride());
                } else {
                    FloatTiles.multiply(
                            rows, a, aAt, wide, 0, count, sums, at, block.stride(), sums, at, block.stride());
                }
            }
        }

        /** Terms {@code [from, from + count)} of a panel, each group with its own zero points and scales. */
        private void widen(final int panel, final int from, final int count, final float[] wide) {
            for (int k = from; k < from + count; ) {
                final int next = Math.min(from + count, (k / group + 1) * group);
                final int scaleAt = k / group * width + panel * COLUMNS;
                final int bAt = (panel * gemm.k() + k) * COLUMNS;
                final int at = (k - from) * COLUMNS;
                if (gemm.isQuantized()) {
                    ByteTiles.widen(panels(), bAt, next - k, zeroPoints, scaleAt, wide, at);
                } else {
                    ByteTiles.widen(panels(), bAt, next - k, zeroPoints, scales, scaleAt, wide, at);
                }
                k = next;
            }
        }

        private void finish(final Block block, final float[] sums) {
            for (int r = 0; r < block.rows; r++) {
                for (int c = 0; c < block.width(); c += LANES) {
                    final int at = r * block.stride() + c;
                    final FloatVector biases = FloatVector.fromArray(FLOATS, bias, block.column() + c);
                    FloatVector.fromArray(FLOATS, sums, at)
                            .mul(aScale)
                            .add(biases)
                            .intoArray(sums, at);
                }
            }
        }
    }
}
