package dev.tern.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.tern.DataType;
import dev.tern.Engine;
import dev.tern.Shape;
import dev.tern.Tensor;
import dev.tern.nn.data.EmbeddedSample;
import dev.tern.nn.data.ImageFormat;
import dev.tern.nn.data.Normalization;
import dev.tern.nn.data.Samples;
import dev.tern.nn.data.Transform;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class BatchLoaderTest {
    private static final Samples DIGITS = EmbeddedSample.load().train().slice(0, 200);
    private static final Transform TRANSFORM = Transform.none(new ImageFormat(24, 24, 3))
            .withFlips()
            .withJitter(0.2f, 0.3f)
            .normalized(Normalization.of(DIGITS));
    private static final int WIDTH = TRANSFORM.output().elements();

    @Test
    void shouldLoadSamplesAsTheyAre() {
        try (Engine engine = Engine.builder().threads(2).build()) {
            final int[] order = {17, 3, 199, 3};
            final Tensor x = Tensor.allocate(DataType.F32, Shape.of(3, 784));
            final Tensor labels = new BatchLoader(DIGITS, engine, 8).load(order, 1, 3, x);
            final float[] loaded = x.toFloats();
            for (int row = 0; row < 3; row++) {
                assertEquals(DIGITS.label(order[row + 1]), labels.integerAt(row));
                final float[] expected = DIGITS.reals(order[row + 1], 1);
                assertArrayEquals(expected, Arrays.copyOfRange(loaded, row * 784, (row + 1) * 784));
            }
        }
    }

    /** However many threads load them, and in whichever batches. */
    @Test
    void shouldDrawTheSameWhateverLoadsThem() {
        final int[] order = new int[DIGITS.size()];
        Arrays.setAll(order, i -> (i * 37) % order.length);
        final float[] whole = load(order, order.length, 1, 2);
        assertArrayEquals(whole, load(order, order.length, 2, 2));
        assertArrayEquals(whole, load(order, 7, 2, 2));
        assertFalse(Arrays.equals(whole, load(order, order.length, 1, 3)), "another epoch");
        final int[] other = order.clone();
        other[0] = order[1];
        other[1] = order[0];
        final float[] swapped = load(other, order.length, 1, 2);
        assertArrayEquals(Arrays.copyOf(whole, WIDTH), Arrays.copyOfRange(swapped, WIDTH, 2 * WIDTH));
    }

    private static float[] load(final int[] order, final int batch, final int threads, final int epoch) {
        final float[] all = new float[order.length * WIDTH];
        try (Engine engine = Engine.builder().threads(threads).build()) {
            final BatchLoader loader = new BatchLoader(DIGITS, TRANSFORM, 5, engine, batch);
            final Tensor x = Tensor.allocate(DataType.F32, Shape.of(batch, 24, 24, 3));
            for (int from = 0; from < order.length; from += batch) {
                final int size = Math.min(batch, order.length - from);
                loader.load(order, from, size, epoch, x.first(size));
                System.arraycopy(x.first(size).toFloats(), 0, all, from * WIDTH, size * WIDTH);
            }
        }
        return all;
    }
}
