package dev.tern.distributed;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.Shape;
import dev.tern.Tensor;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class QuantizedSumTest {
    /** What a code may be off, of a value of 1: half of a 127th, and a little since errors come on top of values. */
    private static final double HALF_STEP = 1.02 / 254;

    private static float[] gradients(final int rank, final int step, final int length) {
        final SplittableRandom random = new SplittableRandom(rank * 1000 + step);
        final float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = random.nextFloat(-1, 1);
        }
        return values;
    }

    private static void sum(final BucketSum sum, final float share) {
        sum.start(share);
        sum.proceed();
        sum.finish();
    }

    /**
     * The sums of all steps differ from the true ones by what is on its way: of each rank the error of its last code,
     * and that of the owner's code for the sum of so many.
     */
    @ParameterizedTest(name = "{0} ranks, {1} elements")
    @CsvSource({"2, 1", "2, 1000", "3, 1000", "4, 257", "4, 2", "4, 5000"})
    void shouldLoseNothingOverManySteps(final int size, final int length) {
        InProcess.run(size, ranks -> {
            final Tensor bucket = Tensor.of(Shape.of(length), new float[length]);
            final BucketSum sum = new QuantizedSum(ranks, bucket);
            final double[] expected = new double[length];
            final double[] got = new double[length];
            for (int step = 0; step < 60; step++) {
                Tensor.of(Shape.of(length), gradients(ranks.rank(), step, length))
                        .copyTo(bucket);
                sum(sum, 0.5f);
                for (int rank = 0; rank < size; rank++) {
                    addTo(expected, gradients(rank, step, length), 0.5);
                }
                addTo(got, bucket.toFloats(), 1);
                assertClose(expected, got, 0.5 * 2 * size * HALF_STEP + 1e-4);
            }
        });
    }

    private static void addTo(final double[] sums, final float[] terms, final double factor) {
        for (int i = 0; i < sums.length; i++) {
            sums[i] += terms[i] * factor;
        }
    }

    private static void assertClose(final double[] expected, final double[] got, final double bound) {
        for (int i = 0; i < expected.length; i++) {
            assertTrue(Math.abs(expected[i] - got[i]) <= bound, i + ": " + expected[i] + ", got " + got[i]);
        }
    }

    /** A gradient that is always rounded to 0 beside a large one gets through, a code at a time. */
    @ParameterizedTest(name = "{0} ranks")
    @ValueSource(ints = {2, 4})
    void shouldLetSmallGradientsThrough(final int size) {
        final float small = 0.3f / 127;
        InProcess.run(size, ranks -> {
            final Tensor bucket = Tensor.of(Shape.of(100), new float[100]);
            final BucketSum sum = new QuantizedSum(ranks, bucket);
            final double[] got = new double[100];
            for (int step = 0; step < 200; step++) {
                final float[] gradients = new float[100];
                Arrays.fill(gradients, small);
                gradients[0] = 1;
                gradients[50] = 1;
                Tensor.of(Shape.of(100), gradients).copyTo(bucket);
                sum(sum, 1);
                addTo(got, bucket.toFloats(), 1);
            }
            assertTrue(Math.abs(got[7] - 200.0 * size * small) <= 2 * size * HALF_STEP, "got " + got[7]);
        });
    }

    @ParameterizedTest(name = "{0} elements")
    @ValueSource(ints = {1, 3, 255, 256, 257, 1023, 10_001})
    void shouldGiveAllRanksTheSameBits(final int length) {
        InProcess.run(3, ranks -> {
            final Tensor bucket = Tensor.of(Shape.of(length), gradients(ranks.rank(), 7, length));
            sum(new QuantizedSum(ranks, bucket), 1 / 3f);
            final Tensor all = Tensor.of(Shape.of(3L * length), new float[3 * length]);
            ranks.allGather(bucket, all);
            for (int rank = 0; rank < 3; rank++) {
                final Tensor theirs = all.slice(0, (long) rank * length, (rank + 1L) * length);
                assertArrayEquals(bucket.toFloats(), theirs.toFloats());
            }
        });
    }

    /** A training that diverges on one rank has to stop on all of them. */
    @ParameterizedTest(name = "{0}")
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void shouldNotHideWhatIsNotFinite(final float value) {
        InProcess.run(2, ranks -> {
            final float[] gradients = gradients(ranks.rank(), 1, 600);
            gradients[10] = ranks.isFirst() ? value : gradients[10];
            final Tensor bucket = Tensor.of(Shape.of(600), gradients);
            sum(new QuantizedSum(ranks, bucket), 1);
            assertTrue(Float.isNaN(bucket.floatAt(10)), "got " + bucket.floatAt(10));
            assertTrue(Float.isFinite(bucket.floatAt(599)), "another block");
        });
    }
}
