package dev.tern.compress;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.DataType;
import dev.tern.Quantization;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.FloatRange;
import net.jqwik.api.constraints.NotEmpty;
import org.junit.jupiter.api.Test;

class HistogramTest {
    /** Whatever order values come in, each is counted once, in a bin no wider than 1/1024 of the largest magnitude. */
    @Property(tries = 200, seed = "1")
    void shouldCountEveryValueNearItsBin(
            @ForAll @NotEmpty final float @FloatRange(min = -1e30f, max = 1e30f) [] values) {
        final Histogram seen = histogram(values);
        float largest = 0;
        double sum = 0;
        for (final float value : values) {
            largest = Math.max(largest, Math.abs(value));
            sum += value;
        }
        long counted = 0;
        double binned = 0;
        for (int bin = 0; bin < seen.binCount(); bin++) {
            counted += seen.inBin(bin);
            binned += seen.inBin(bin) * seen.centre(bin);
        }
        assertEquals(values.length, counted);
        assertEquals(values.length, seen.count());
        assertEquals(sum, binned, (double) values.length * largest / 1024 + Float.MIN_VALUE);
    }

    @Test
    void shouldFindPercentilesToTheWidthOfABin() {
        final Histogram seen = new Histogram();
        for (int i = 1; i <= 10_000; i++) {
            seen.add(i / 10_000f);
        }
        assertEquals(0.5f, seen.percentile(0.5), 1e-3f);
        assertEquals(0.999f, seen.percentile(0.999), 1e-3f);
        assertEquals(1, seen.percentile(1));
        assertEquals(1 / 10_000f, seen.percentile(0), "never below the least");
    }

    @Test
    void shouldRefuseWhatIsNoNumber() {
        assertThrows(IllegalArgumentException.class, () -> new Histogram().add(Float.NaN));
        assertThrows(IllegalArgumentException.class, () -> new Histogram().add(Float.POSITIVE_INFINITY));
    }

    @Test
    void shouldTakeAllByMinMax() {
        final Quantization chosen = Thresholds.MIN_MAX.choose(histogram(-1, 0.5f, 4), DataType.U8);
        assertEquals(5 / 255f, chosen.scale(0), 1e-9f);
        assertEquals(51, chosen.zeroPoint(0));
    }

    /** 100,000 values of a bell curve and one at 1,000. */
    @Test
    void shouldNotFollowAnOutlierByPercentile() {
        final Histogram seen = bell();
        seen.add(1_000);
        final Quantization chosen = Thresholds.PERCENTILE.choose(seen, DataType.U8);
        assertTrue(chosen.scale(0) * 255 < 20, "range " + chosen.scale(0) * 255);
    }

    @Test
    void shouldMakeTheSquaredErrorLeast() {
        final Histogram seen = bell();
        final double least = error(seen, Thresholds.MEAN_SQUARED_ERROR);
        assertTrue(least < error(seen, Thresholds.MIN_MAX));
        assertTrue(least <= error(seen, Thresholds.PERCENTILE));
    }

    @Test
    void shouldQuantizeAConstantZero() {
        for (final Thresholds thresholds : Thresholds.values()) {
            final Quantization chosen = thresholds.choose(histogram(0, 0), DataType.U8);
            assertEquals(0, chosen.dequantize(chosen.quantize(0, 0, DataType.U8), 0), thresholds.name());
        }
    }

    private static double error(final Histogram seen, final Thresholds thresholds) {
        return Thresholds.squaredError(seen, thresholds.choose(seen, DataType.U8), DataType.U8);
    }

    private static Histogram bell() {
        final SplittableRandom random = new SplittableRandom(1);
        final Histogram seen = new Histogram();
        for (int i = 0; i < 100_000; i++) {
            seen.add((float) random.nextGaussian());
        }
        return seen;
    }

    private static Histogram histogram(final float... values) {
        final Histogram seen = new Histogram();
        for (final float value : values) {
            seen.add(value);
        }
        return seen;
    }
}
