package dev.tern.bench.peers;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.LambdaBlock;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Conv2d;
import ai.djl.nn.core.Linear;
import ai.djl.nn.pooling.Pool;
import ai.djl.nn.recurrent.LSTM;
import dev.tern.bench.TrainingCase;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;

/**
 * A model in DJL's blocks, and where each of its parameters lies among ours. Ours are given as one vector in the order
 * of the graph; DJL's come layer by layer.
 */
abstract class DjlModel {
    private static final int CLASSES = 10;
    private static final int HIDDEN = 128;

    final int batch;

    private DjlModel(final int batch) {
        this.batch = batch;
    }

    static DjlModel of(final TrainingCase training) {
        return switch (training.model()) {
            case "mlp" -> new Perceptron(training.batch());
            case "cnn" -> new Convolutional(training.batch());
            case "lstm" -> new Recurrent(training.batch());
            default -> throw new IllegalArgumentException("model: got " + training.model() + ", not taken");
        };
    }

    /** Of a batch. */
    abstract Shape inputs();

    abstract SequentialBlock layers();

    /** Our batch as it wants it. */
    float[] images(final MemorySegment a) {
        return a.toArray(ValueLayout.JAVA_FLOAT);
    }

    /** Our parameters as its own, in its order. */
    abstract List<float[]> fromOurs(float[] ours);

    /** Its parameters, or their gradients, as ours, in our order. */
    abstract List<float[]> inOrder(List<float[]> theirs);

    /** The layers, which will begin with our parameters. */
    final Block block(final MemorySegment b) {
        final SequentialBlock block = layers();
        final Iterator<float[]> values =
                fromOurs(b.toArray(ValueLayout.JAVA_FLOAT)).iterator();
        for (final Parameter parameter : block.getParameters().values()) {
            final float[] initial = values.next();
            parameter.setInitializer((manager, shape, type) -> manager.create(initial, shape));
        }
        return block;
    }

    /** Cuts a vector into parts of these lengths. */
    static List<float[]> cut(final float[] all, final int... lengths) {
        final List<float[]> parts = new ArrayList<>();
        int at = 0;
        for (final int length : lengths) {
            parts.add(Arrays.copyOfRange(all, at, at + length));
            at += length;
        }
        return parts;
    }

    /** Of so many blocks of {@code [rows, columns]}, each transposed. */
    static float[] transposed(final float[] values, final int rows, final int columns) {
        final float[] result = new float[values.length];
        for (int block = 0; block < values.length; block += rows * columns) {
            for (int row = 0; row < rows; row++) {
                for (int column = 0; column < columns; column++) {
                    result[block + column * rows + row] = values[block + row * columns + column];
                }
            }
        }
        return result;
    }

    private static final class Perceptron extends DjlModel {
        private static final int PIXELS = 784;

        Perceptron(final int batch) {
            super(batch);
        }

        @Override
        Shape inputs() {
            return new Shape(batch, PIXELS);
        }

        @Override
        SequentialBlock layers() {
            return new SequentialBlock()
                    .add(Linear.builder().setUnits(HIDDEN).build())
                    .add(Activation.reluBlock())
                    .add(Linear.builder().setUnits(CLASSES).build());
        }

        @Override
        List<float[]> fromOurs(final float[] ours) {
            return cut(ours, HIDDEN * PIXELS, HIDDEN, CLASSES * HIDDEN, CLASSES);
        }

        @Override
        List<float[]> inOrder(final List<float[]> theirs) {
            return theirs;
        }
    }

    /**
     * Channels are its second dimension, and our last: of images, of filters, and of what the first linear layer reads.
     */
    private static final class Convolutional extends DjlModel {
        private static final int SIZE = 24;
        private static final int CHANNELS = 3;
        private static final int FIRST = 32;
        private static final int SECOND = 64;
        private static final int TAPS = 9;
        private static final int POSITIONS = SIZE / 4 * (SIZE / 4);

        Convolutional(final int batch) {
            super(batch);
        }

        @Override
        Shape inputs() {
            return new Shape(batch, CHANNELS, SIZE, SIZE);
        }

        @Override
        float[] images(final MemorySegment a) {
            return transposed(super.images(a), SIZE * SIZE, CHANNELS);
        }

        @Override
        SequentialBlock layers() {
            return new SequentialBlock()
                    .add(convolution(FIRST))
                    .add(Activation.reluBlock())
                    .add(Pool.maxPool2dBlock(new Shape(2, 2), new Shape(2, 2)))
                    .add(convolution(SECOND))
                    .add(Activation.reluBlock())
                    .add(Pool.maxPool2dBlock(new Shape(2, 2), new Shape(2, 2)))
                    .add(Blocks.batchFlattenBlock())
                    .add(Linear.builder().setUnits(HIDDEN).build())
                    .add(Activation.reluBlock())
                    .add(Linear.builder().setUnits(CLASSES).build());
        }

        private static Block convolution(final int filters) {
            return Conv2d.builder()
                    .setKernelShape(new Shape(3, 3))
                    .optPadding(new Shape(1, 1))
                    .setFilters(filters)
                    .build();
        }

        @Override
        List<float[]> fromOurs(final float[] ours) {
            final List<float[]> parts = cut(
                    ours,
                    FIRST * TAPS * CHANNELS,
                    FIRST,
                    SECOND * TAPS * FIRST,
                    SECOND,
                    HIDDEN * POSITIONS * SECOND,
                    HIDDEN,
                    CLASSES * HIDDEN,
                    CLASSES);
            parts.set(0, transposed(parts.get(0), TAPS, CHANNELS));
            parts.set(2, transposed(parts.get(2), TAPS, FIRST));
            parts.set(4, transposed(parts.get(4), POSITIONS, SECOND));
            return parts;
        }

        @Override
        List<float[]> inOrder(final List<float[]> theirs) {
            final List<float[]> parts = new ArrayList<>(theirs);
            parts.set(0, transposed(parts.get(0), CHANNELS, TAPS));
            parts.set(2, transposed(parts.get(2), FIRST, TAPS));
            parts.set(4, transposed(parts.get(4), SECOND, POSITIONS));
            return parts;
        }
    }

    /**
     * It has the weights of x and of h apart, and a bias for each, of which ours is the sum: the second begins as 0.
     */
    private static final class Recurrent extends DjlModel {
        private static final int STEPS = 28;
        private static final int INPUTS = 28;
        private static final int GATES = 4 * HIDDEN;

        Recurrent(final int batch) {
            super(batch);
        }

        @Override
        Shape inputs() {
            return new Shape(batch, STEPS, INPUTS);
        }

        @Override
        SequentialBlock layers() {
            return new SequentialBlock()
                    .add(LSTM.builder()
                            .setNumLayers(2)
                            .setStateSize(HIDDEN)
                            .optBatchFirst(true)
                            .optReturnState(false)
                            .build())
                    .add(new LambdaBlock(
                            list -> new NDList(list.singletonOrThrow().get(":, -1")), "last"))
                    .add(Linear.builder().setUnits(CLASSES).build());
        }

        @Override
        List<float[]> fromOurs(final float[] ours) {
            final List<float[]> parts =
                    cut(ours, GATES * (INPUTS + HIDDEN), GATES, GATES * 2 * HIDDEN, GATES, CLASSES * HIDDEN, CLASSES);
            return List.of(
                    columns(parts.get(0), INPUTS + HIDDEN, 0, INPUTS),
                    columns(parts.get(0), INPUTS + HIDDEN, INPUTS, HIDDEN),
                    parts.get(1),
                    new float[GATES],
                    columns(parts.get(2), 2 * HIDDEN, 0, HIDDEN),
                    columns(parts.get(2), 2 * HIDDEN, HIDDEN, HIDDEN),
                    parts.get(3),
                    new float[GATES],
                    parts.get(4),
                    parts.get(5));
        }

        @Override
        List<float[]> inOrder(final List<float[]> theirs) {
            return List.of(
                    sideBySide(theirs.get(0), INPUTS, theirs.get(1)),
                    theirs.get(2),
                    sideBySide(theirs.get(4), HIDDEN, theirs.get(5)),
                    theirs.get(6),
                    theirs.get(8),
                    theirs.get(9));
        }

        private static float[] columns(final float[] matrix, final int width, final int from, final int count) {
            final float[] result = new float[matrix.length / width * count];
            for (int row = 0; row * width < matrix.length; row++) {
                System.arraycopy(matrix, row * width + from, result, row * count, count);
            }
            return result;
        }

        private static float[] sideBySide(final float[] left, final int leftWidth, final float[] right) {
            final int rows = left.length / leftWidth;
            final int width = leftWidth + right.length / rows;
            final float[] result = new float[rows * width];
            for (int row = 0; row < rows; row++) {
                System.arraycopy(left, row * leftWidth, result, row * width, leftWidth);
                System.arraycopy(right, row * (width - leftWidth), result, row * width + leftWidth, width - leftWidth);
            }
            return result;
        }
    }
}
