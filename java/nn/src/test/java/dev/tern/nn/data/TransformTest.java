package dev.tern.nn.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.DataType;
import dev.tern.Shape;
import dev.tern.model.Graph;
import dev.tern.model.Models;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TransformTest {
    private static final ImageFormat STORED = new ImageFormat(7, 6, 3);
    private static final ImageFormat CROP = new ImageFormat(4, 5, 3);
    private static final int IMAGES = 40;

    private static Samples bytes(final ImageFormat format, final int count) {
        final byte[] pixels = new byte[count * format.elements()];
        new SplittableRandom(5).nextBytes(pixels);
        return Samples.of(format, pixels, new byte[count]);
    }

    private static Samples floats(final ImageFormat format, final int count) {
        final float[] values = new float[count * format.elements()];
        final SplittableRandom random = new SplittableRandom(6);
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextDouble(-3, 5);
        }
        return Samples.of(format, values, new byte[count]);
    }

    /** The definition: one element of a crop, of an image mirrored or not. */
    private static float element(
            final Samples samples,
            final int index,
            final ImageFormat crop,
            final int top,
            final int left,
            final boolean mirrored,
            final int element) {
        final int channel = element % crop.channels();
        final int column = element / crop.channels() % crop.columns();
        final int row = element / crop.channels() / crop.columns();
        final ImageFormat stored = samples.format();
        final int from = left + (mirrored ? crop.columns() - 1 - column : column);
        final int origin = stored.channels() == 1 ? 0 : channel;
        return samples.reals(index, 1)[((top + row) * stored.columns() + from) * stored.channels() + origin];
    }

    private static float[] expected(
            final Samples samples,
            final int index,
            final ImageFormat crop,
            final int top,
            final int left,
            final boolean mirrored) {
        final float[] reals = new float[crop.elements()];
        for (int i = 0; i < reals.length; i++) {
            reals[i] = element(samples, index, crop, top, left, mirrored, i);
        }
        return reals;
    }

    private static float[] read(
            final Samples samples, final Transform by, final long seed, final int index, final int epoch) {
        final SampleReader reader = new SampleReader(samples, by, seed);
        final float[] reals = new float[by.output().elements()];
        final int room = reader.storedElements();
        reader.read(index, epoch, new byte[room], new float[room], reals);
        return reals;
    }

    @ParameterizedTest
    @CsvSource({
        "7,6,3, 4,5,3",
        "7,6,3, 7,6,3",
        "7,6,3, 1,1,3",
        "7,6,1, 4,5,3",
        "7,6,1, 7,6,3",
        "28,28,1, 24,24,3",
        "5,4,2, 3,4,2"
    })
    void shouldCropTheMiddle(
            final int h, final int w, final int c, final int rows, final int columns, final int channels) {
        final ImageFormat crop = new ImageFormat(rows, columns, channels);
        for (final Samples samples : List.of(bytes(new ImageFormat(h, w, c), 3), floats(new ImageFormat(h, w, c), 3))) {
            final Samples centred = Transform.none(crop).centred(samples);
            assertEquals(crop, centred.format());
            assertEquals(samples.type(), centred.type(), "bytes stay bytes");
            for (int i = 0; i < 3; i++) {
                final float[] expected = expected(samples, i, crop, (h - rows) / 2, (w - columns) / 2, false);
                assertArrayEquals(expected, centred.reals(i, 1));
                assertArrayEquals(expected, read(samples, Transform.none(crop), 1, i, SampleReader.CENTRED));
            }
        }
    }

    /** Each image read is exactly one of the crops, mirrored or not; over many images every one of them occurs. */
    @Test
    void shouldCropAndMirrorAtRandom() {
        for (final Samples samples : List.of(bytes(STORED, IMAGES), floats(STORED, IMAGES))) {
            final Set<List<Integer>> seen = new HashSet<>();
            for (int epoch = 1; epoch <= 10; epoch++) {
                for (int i = 0; i < IMAGES; i++) {
                    seen.add(find(samples, i, read(samples, Transform.none(CROP).withFlips(), 9, i, epoch)));
                }
            }
            assertEquals(4 * 2 * 2, seen.size(), seen.toString());
        }
    }

    private static List<Integer> find(final Samples samples, final int index, final float[] reals) {
        for (int top = 0; top <= STORED.rows() - CROP.rows(); top++) {
            for (int left = 0; left <= STORED.columns() - CROP.columns(); left++) {
                for (int mirrored = 0; mirrored < 2; mirrored++) {
                    if (Arrays.equals(reals, expected(samples, index, CROP, top, left, mirrored == 1))) {
                        return List.of(top, left, mirrored);
                    }
                }
            }
        }
        throw new AssertionError("image %d: no crop of it".formatted(index));
    }

    @Test
    void shouldDrawEvenly() {
        final Samples samples = bytes(STORED, 1);
        final int[] tops = new int[4];
        int mirrored = 0;
        final int draws = 4000;
        for (int epoch = 1; epoch <= draws; epoch++) {
            final List<Integer> place =
                    find(samples, 0, read(samples, Transform.none(CROP).withFlips(), 2, 0, epoch));
            tops[place.get(0)]++;
            mirrored += place.get(2);
        }
        // six standard deviations of a binomial count
        assertEquals(draws / 2.0, mirrored, 6 * Math.sqrt(draws / 4.0));
        for (final int count : tops) {
            assertEquals(draws / 4.0, count, 6 * Math.sqrt(draws * 3 / 16.0));
        }
    }

    @Test
    void shouldDrawFromSeedEpochAndSampleAlone() {
        final Samples samples = bytes(STORED, IMAGES);
        final Transform by = Transform.none(CROP).withFlips().withJitter(0.3f, 0.4f);
        assertArrayEquals(read(samples, by, 1, 7, 3), read(samples, by, 1, 7, 3));
        assertFalse(Arrays.equals(read(samples, by, 1, 7, 3), read(samples, by, 1, 7, 4)));
        assertFalse(Arrays.equals(read(samples, by, 1, 7, 3), read(samples, by, 2, 7, 3)));
        final byte[] twice = samples.slice(0, 1).pixels().toArray(ValueLayout.JAVA_BYTE);
        final byte[] pixels = Arrays.copyOf(twice, 2 * twice.length);
        System.arraycopy(twice, 0, pixels, twice.length, twice.length);
        final Samples same = Samples.of(STORED, pixels, new byte[2]);
        assertFalse(Arrays.equals(read(same, by, 1, 0, 3), read(same, by, 1, 1, 3)));
    }

    @Test
    void shouldChangeBrightness() {
        final Samples samples = bytes(STORED, IMAGES);
        final Set<Float> seen = new HashSet<>();
        for (int i = 0; i < IMAGES; i++) {
            final float[] before = samples.reals(i, 1);
            final float[] after = read(samples, Transform.none(STORED).withJitter(0.25f, 0), 4, i, 1);
            final float added = after[0] - before[0];
            assertTrue(Math.abs(added) <= 0.25f + 1e-6f, "added " + added);
            for (int j = 0; j < before.length; j++) {
                assertEquals(before[j] + added, after[j], 2e-6f);
            }
            seen.add(added);
        }
        assertEquals(IMAGES, seen.size());
        assertTrue(
                seen.stream().anyMatch(added -> added > 0.1f) && seen.stream().anyMatch(added -> added < -0.1f));
    }

    @Test
    void shouldChangeContrastAboutTheMean() {
        final Samples samples = bytes(STORED, IMAGES);
        final Set<Float> seen = new HashSet<>();
        for (int i = 0; i < IMAGES; i++) {
            final float[] before = samples.reals(i, 1);
            final float[] after = read(samples, Transform.none(STORED).withJitter(0, 0.5f), 4, i, 1);
            final double mean = mean(before);
            assertEquals(mean, mean(after), 1e-5);
            final double factor = (after[0] - mean) / (before[0] - mean);
            assertTrue(factor >= 0.499 && factor <= 1.501, "factor " + factor);
            for (int j = 0; j < before.length; j++) {
                assertEquals((before[j] - mean) * factor, after[j] - mean, 1e-4);
            }
            seen.add((float) factor);
        }
        assertTrue(seen.size() > IMAGES / 2, seen.toString());
    }

    private static double mean(final float[] values) {
        return IntStream.range(0, values.length)
                .mapToDouble(i -> values[i])
                .average()
                .orElseThrow();
    }

    @Test
    void shouldNotDrawWhenCentred() {
        final Samples samples = bytes(STORED, 2);
        final Transform by = Transform.none(CROP).withFlips().withJitter(0.3f, 0.4f);
        assertArrayEquals(expected(samples, 1, CROP, 1, 0, false), read(samples, by, 3, 1, SampleReader.CENTRED));
    }

    @Test
    void shouldNormalizeByChannel() {
        for (final Samples samples : List.of(bytes(STORED, IMAGES), floats(STORED, IMAGES))) {
            final Normalization by = Normalization.of(samples);
            final Samples normalized = Transform.none(STORED).normalized(by).centred(samples);
            assertEquals(DataType.F32, normalized.type());
            final float[] before = samples.reals(0, IMAGES);
            final float[] after = normalized.reals(0, IMAGES);
            final double[] sums = new double[3];
            final double[] squares = new double[3];
            for (int i = 0; i < before.length; i++) {
                final int channel = i % 3;
                assertEquals(
                        (before[i] - by.mean().get(channel)) / by.deviation().get(channel), after[i], 2e-6, "at " + i);
                sums[channel] += after[i];
                squares[channel] += after[i] * after[i];
            }
            for (int channel = 0; channel < 3; channel++) {
                assertEquals(0, sums[channel] / (before.length / 3), 1e-5);
                assertEquals(1, squares[channel] / (before.length / 3), 1e-4);
            }
        }
    }

    @Test
    void shouldShiftAChannelThatNeverChanges() {
        final Samples constant = Samples.of(new ImageFormat(1, 1, 2), new float[] {7, 1, 7, 3}, new byte[2]);
        assertEquals(new Normalization(List.of(7f, 2f), List.of(1f, 1f)), Normalization.of(constant));
    }

    @Test
    void shouldNormalizeCopiesOfAChannelAlike() {
        final Samples grey = bytes(new ImageFormat(7, 6, 1), 4);
        final Transform by = Transform.none(new ImageFormat(4, 4, 3)).normalized(Normalization.of(grey));
        final float[] reals = read(grey, by, 1, 2, 1);
        for (int i = 0; i < reals.length; i += 3) {
            assertEquals(reals[i], reals[i + 1]);
            assertEquals(reals[i], reals[i + 2]);
        }
    }

    @Test
    void shouldGiveBackTheSamplesWhereNothingChanges() {
        final Samples samples = bytes(STORED, 1);
        assertSame(samples, Transform.none(STORED).centred(samples));
        assertSame(samples, Transform.none(STORED).withFlips().centred(samples), "nothing is drawn");
    }

    @Test
    void shouldGoWithTheModel() {
        final Graph cnn = Models.byName("cnn");
        final ImageFormat cifar = new ImageFormat(32, 32, 3);
        final Transform plain = Transform.of(cnn, cifar);
        assertEquals(Transform.none(new ImageFormat(24, 24, 3)), plain);
        assertSame(cnn, plain.on(cnn), "what fits needs not be said");
        final Normalization normalization =
                new Normalization(List.of(0.49f, 0.48f, 0.44f), List.of(0.25f, 0.24f, 0.26f));
        final Transform told = plain.withFlips().withJitter(0.1f, 0.2f).normalized(normalization);
        final Graph trained = told.on(cnn);
        assertEquals(told, Transform.of(trained, cifar));
        assertEquals(plain, Transform.of(plain.on(trained), cifar), "what is said last holds");
        assertNotEquals(plain, told);
    }

    @Test
    void shouldFitEveryModelToItsData() {
        final ImageFormat digits = new ImageFormat(28, 28, 1);
        for (final String name : List.of("mlp", "lenet-5", "lstm")) {
            assertEquals(Transform.none(digits), Transform.of(Models.byName(name), digits), name);
        }
        assertEquals(
                new ImageFormat(24, 24, 3),
                Transform.of(Models.byName("cnn"), digits).output());
    }

    @Test
    void shouldRefuseWhatDoesNotFit() {
        refused("got ImageFormat[rows=32", () -> Transform.of(Models.byName("mlp"), new ImageFormat(32, 32, 3)));
        refused("got ImageFormat[rows=20", () -> Transform.fitting(Shape.of(24, 24, 3), new ImageFormat(20, 28, 3)));
        refused("or of one channel", () -> Transform.fitting(Shape.of(24, 24, 3), new ImageFormat(28, 28, 2)));
        refused("brightness: got 1.0", () -> Transform.none(STORED).withJitter(1, 0));
        refused("contrast: got NaN", () -> Transform.none(STORED).withJitter(0, Float.NaN));
        refused("deviation: got 0.0", () -> new Normalization(List.of(1f), List.of(0f)));
        refused("deviation: got 1 channels", () -> new Normalization(List.of(1f, 2f), List.of(1f)));
        final Normalization one = new Normalization(List.of(1f), List.of(1f));
        refused(
                "normalization: got 1 channels",
                () -> Transform.none(STORED).normalized(one).requireFits(STORED));
        final Graph broken = Models.byName("mlp").withMetadata("transform", "{\"output\":{");
        refused("mlp: transform:", () -> Transform.of(broken, STORED));
    }

    private static void refused(final String said, final Runnable asked) {
        final Exception e = assertThrows(IllegalArgumentException.class, asked::run);
        assertTrue(e.getMessage().contains(said), e.getMessage());
    }
}
