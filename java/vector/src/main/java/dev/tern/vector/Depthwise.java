package dev.tern.vector;

import static dev.tern.vector.VectorWidth.COLUMNS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.tern.Axis;
import dev.tern.Conv2d;
import dev.tern.Executable;
import dev.tern.Execution;
import dev.tern.Gemm;
import dev.tern.ObjectPool;
import dev.tern.PackedWeights;
import dev.tern.Quantization;
import dev.tern.RangeTask;
import dev.tern.Tensor;
import dev.tern.Workspace;
import java.util.Arrays;

/**
 * A convolution whose channels do not see each other, vectorised over them; also the gradient by data of one, a phase
 * of the strides at a time. A unit of work is some lines of one image's outputs. int8 sums are exact in f32, so that
 * only the epilogue differs.
 */
final class Depthwise implements Executable {
    /** Of int8 less its zero points: {@code 258 * 255 * 255} is less than 2^24, which floats hold exactly. */
    private static final int MOST_TAPS = 258;

    private static final int STRIP = 1 << 16; // floats of lines: 256 KB, which stay in the L2 cache
    private static final long FORK_OPERATIONS = 1 << 18;

    private final Conv2d conv;
    private final Gemm product;
    private final Axis rows;
    private final Axis columns;
    private final int width; // floats of a position: the columns of whole panels
    private final DepthwiseLines lines;
    private final int[] offsets;
    private final float[] bias;
    private final Elements<float[]> elements;
    private final Places outputs;
    private final IntegerEpilogue epilogue; // null for f32
    private final Execution execution;
    private final FloatGemm.Panels packed; // [taps][width], or null where weights come with each run
    private final ObjectPool<Run> runs = new ObjectPool<>(Run::new);
    private final ObjectPool<Block> blocks = new ObjectPool<>(Block::new);

    private Depthwise(
            final Conv2d conv,
            final Axis rows,
            final Axis columns,
            final PackedWeights weights,
            final Execution execution) {
        this.conv = conv;
        this.product = symmetric(conv.product());
        this.rows = rows;
        this.columns = columns;
        this.width = Math.ceilDiv(conv.filters(), COLUMNS) * COLUMNS;
        this.lines = new DepthwiseLines(rows, columns, conv.channels(), conv.filters() / conv.channels(), width);
        this.offsets = lines.offsets();
        final float[] given = product.floatBias();
        this.bias = Arrays.copyOf(given == null ? new float[0] : given, width);
        this.elements = Elements.ofA(product);
        this.outputs = Places.outputs(rows, columns, 0);
        this.epilogue = conv.isQuantized() ? new IntegerEpilogue(product, width) : null;
        this.execution = execution;
        final String form = "vector depthwise " + COLUMNS + " " + rows.first() + " " + columns.first();
        this.packed = weights == null ? null : weights.form(form, FloatGemm.Panels.class, this::pack);
    }

    /** Whether a convolution, or the gradient of one by data, is of the kind. */
    static boolean takes(final Conv2d conv) {
        final boolean exact = conv.product().aType().isByte() && conv.window().taps() <= MOST_TAPS;
        return switch (conv.pass()) {
            case FORWARD -> conv.isDepthwise() && (!conv.isQuantized() || exact);
            case BACKWARD_DATA -> conv.isDepthwise() && conv.filters() == conv.channels();
            case BACKWARD_WEIGHTS -> false;
        };
    }

    /** One phase of a gradient, or all of a convolution. */
    static Executable compile(
            final Conv2d conv,
            final Axis rows,
            final Axis columns,
            final PackedWeights weights,
            final Execution execution) {
        return new Depthwise(conv, rows, columns, weights, execution);
    }

    /** The zero points of weights are taken off as they are packed. */
    private static Gemm symmetric(final Gemm product) {
        final Quantization q = product.bQuantization();
        final float[] scales = new float[q.channels()];
        for (int c = 0; c < scales.length; c++) {
            scales[c] = q.scale(c);
        }
        return product.isQuantized()
                ? product.quantization(
                        product.aQuantization(), Quantization.perChannel(scales), product.yQuantization())
                : product;
    }

    private FloatGemm.Panels pack(final Tensor weights) {
        final float[] values = new float[offsets.length * width];
        pack(weights, values);
        return new FloatGemm.Panels(values);
    }

    private void pack(final Tensor weights, final float[] to) {
        for (int tap = 0; tap < offsets.length; tap++) {
            final int row = rows.tap(tap / columns.taps());
            final int column = columns.tap(tap % columns.taps());
            for (int o = 0; o < conv.filters(); o++) {
                final long at = o * weights.stride(0) + row * weights.stride(1) + column * weights.stride(2);
                to[tap * width + o] = conv.isQuantized()
                        ? weights.integerAt(at) - conv.product().bQuantization().zeroPoint(o)
                        : weights.floatAt(at);
            }
        }
    }

    @Override
    public void run(final Tensor x, final Tensor weights, final Tensor y) {
        final Run run = runs.take();
        try {
            run.execute(x, weights, y);
        } finally {
            run.forget();
            runs.give(run);
        }
    }

    /** The state of one run: kept for another, so that none allocates. */
    private final class Run implements RangeTask {
        private final float[] own = new float[packed == null ? offsets.length * width : 0];
        private float[] weights;
        private Tensor x;
        private Tensor y;
        private int strip; // lines of outputs of a unit

        private void execute(final Tensor newX, final Tensor newWeights, final Tensor newY) {
            x = newX;
            y = newY;
            if (newWeights != null) {
                pack(newWeights, own);
            }
            weights = newWeights == null ? packed.values() : own;
            final long operations = 2 * offsets.length * x.length(0) * rows.outputs() * columns.outputs() * width;
            final boolean forks = execution.threads() > 1 && operations >= FORK_OPERATIONS;
            final long share = Math.ceilDiv(x.length(0) * rows.outputs(), forks ? 4L * execution.threads() : 1);
            strip = (int) Math.min(lines.outputsWithin(STRIP), Math.max(1, share));
            final long units = x.length(0) * strips();
            execution.parallel(this, units, forks ? 1 : units);
        }

        private int strips() {
            return Math.ceilDiv(rows.outputs(), strip);
        }

        private void forget() {
            x = null;
            y = null;
            weights = null;
        }

        @Override
        public void run(final long from, final long to, final Workspace workspace) {
            final Block block = blocks.take();
            try {
                block.workspace = workspace;
                block.y = y;
                block.places = outputs;
                block.panels = width / COLUMNS;
                block.columns = product.n();
                block.rows = columns.outputs();
                for (long unit = from; unit < to; unit++) {
                    compute(unit / strips(), (int) (unit % strips()) * strip, block);
                }
            } finally {
                block.clear();
                blocks.give(block);
            }
        }

        private void compute(final long image, final int first, final Block block) {
            final int count = Math.min(strip, rows.outputs() - first);
            final float[] seen = block.workspace.floats(Scratch.ROW_PANELS, lines.floats(count));
            lines.read(elements, x, image, first, count, seen, block.workspace);
            for (int i = 0; i < count; i++) {
                block.row = (image * rows.outputs() + first + i) * columns.outputs();
                if (epilogue == null) {
                    computeFloats(seen, i, block);
                } else {
                    computeIntegers(seen, i, block);
                }
            }
        }

        private void computeFloats(final float[] seen, final int output, final Block block) {
            final float[] sums = block.workspace.floats(Scratch.SUMS, block.size());
            if (product.accumulates()) {
                Output.seed(block, bias, sums);
                multiply(seen, output, sums, block.stride(), sums, block);
            } else {
                multiply(seen, output, bias, 0, sums, block);
            }
            Output.clamp(sums, block.rows * block.stride(), product);
            Output.store(sums, block, JAVA_FLOAT_UNALIGNED);
        }

        private void computeIntegers(final float[] seen, final int output, final Block block) {
            final float[] exact = block.workspace.floats(Scratch.SUMS, block.size());
            final int[] sums = block.workspace.ints(Scratch.INT_SUMS, block.size());
            multiply(seen, output, bias, 0, exact, block); // which is 0 for integers
            epilogue.seed(block, sums);
            DepthwiseTiles.addTo(exact, block.rows * block.stride(), sums);
            epilogue.store(block, sums);
        }

        private void multiply(
                final float[] seen,
                final int output,
                final float[] in,
                final int inStride,
                final float[] out,
                final Block block) {
            DepthwiseTiles.line(
                    seen,
                    lines.at(output),
                    lines.step(),
                    offsets,
                    weights,
                    width,
                    in,
                    inStride,
                    out,
                    block.stride(),
                    block.rows);
        }
    }
}
