package dev.tern.bench;

import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/** What was measured turn by turn, everything within a few hundredths of a second. */
final class Turns {

    private Turns() {}

    static double median(final int turns, final IntToDoubleFunction value) {
        final double[] sorted =
                IntStream.range(0, turns).mapToDouble(value).sorted().toArray();
        return Stopwatch.median(sorted, turns);
    }
}
