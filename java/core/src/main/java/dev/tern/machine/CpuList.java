package dev.tern.machine;

import java.util.BitSet;
import java.util.Optional;

/** The kernel's notation for sets of processors: {@code 0-3,8,10-11}. */
public final class CpuList {
    /** Above the largest {@code CONFIG_NR_CPUS}; a broken file must not make a set of two billion. */
    private static final int MOST_CPUS = 1 << 16;

    private CpuList() {}

    /** Empty where the text is not such a list. */
    public static Optional<BitSet> parse(final String text) {
        final BitSet cpus = new BitSet();
        if (text.isBlank()) {
            return Optional.of(cpus);
        }
        for (final String range : text.strip().split(",")) {
            final String[] ends = range.split("-", 2);
            final Optional<Integer> first = number(ends[0]);
            final Optional<Integer> last = ends.length == 1 ? first : number(ends[1]);
            if (first.isEmpty() || last.isEmpty() || first.get() > last.get()) {
                return Optional.empty();
            }
            cpus.set(first.get(), last.get() + 1);
        }
        return Optional.of(cpus);
    }

    /** The number of one processor. */
    static Optional<Integer> number(final String text) {
        return SystemFiles.parse(text.strip())
                .filter(n -> n >= 0 && n < MOST_CPUS)
                .map(Long::intValue);
    }
}
