package dev.tern.compress;

import dev.tern.DataType;
import dev.tern.Quantization;

/** How the range of a quantized value is chosen from what occurred. What lies outside is clamped. */
public enum Thresholds {
    /** All that occurred. One outlier makes every step coarser. */
    MIN_MAX {
        @Override
        Quantization choose(final Histogram seen, final DataType type) {
            return Quantization.affine(seen.min(), seen.max(), type);
        }
    },
    /** All but one in 10,000 at either end. */
    PERCENTILE {
        @Override
        Quantization choose(final Histogram seen, final DataType type) {
            return Quantization.affine(seen.percentile(TAIL), seen.percentile(1 - TAIL), type);
        }
    },
    /** The range that makes the mean squared error of quantization least, rounding and clamping together. */
    MEAN_SQUARED_ERROR {
        @Override
        Quantization choose(final Histogram seen, final DataType type) {
            Quantization best = Quantization.affine(seen.min(), seen.max(), type);
            double least = squaredError(seen, best, type);
            for (int share = CANDIDATES - 1; share >= CANDIDATES / 4; share--) {
                final float part = (float) share / CANDIDATES;
                final Quantization candidate = Quantization.affine(seen.min() * part, seen.max() * part, type);
                final double error = squaredError(seen, candidate, type);
                if (error < least) {
                    least = error;
                    best = candidate;
                }
            }
            return best;
        }
    };

    private static final double TAIL = 1e-4;
    private static final int CANDIDATES = 128;

    abstract Quantization choose(Histogram seen, DataType type);

    /** The sum over all values, each taken at the middle of its bin. */
    static double squaredError(final Histogram seen, final Quantization quantization, final DataType type) {
        double sum = 0;
        for (int bin = 0; bin < seen.binCount(); bin++) {
            if (seen.inBin(bin) > 0) {
                final float value = (float) seen.centre(bin);
                final int q = quantization.quantize(value, 0, type);
                final double error = value - quantization.dequantize(q, 0);
                sum += seen.inBin(bin) * error * error;
            }
        }
        return sum;
    }
}
