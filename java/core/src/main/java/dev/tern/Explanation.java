package dev.tern;

import java.util.List;
import java.util.Locale;

/**
 * Why an operation runs where it runs.
 *
 * @param operation the operation's signature
 * @param rows the class of row counts that it is about
 * @param threads threads that a run may use
 * @param chosen what runs
 * @param candidates all that were looked at, the chosen one first, the refused last
 */
public record Explanation(String operation, RowClass rows, int threads, Candidate chosen, List<Candidate> candidates) {
    public Explanation {
        candidates = List.copyOf(candidates);
    }

    @Override
    public String toString() {
        final StringBuilder text = new StringBuilder();
        text.append(operation)
                .append(", rows ")
                .append(rows.word())
                .append(" (as for ")
                .append(rows.representative())
                .append("), threads ")
                .append(threads)
                .append('\n');
        for (final Candidate c : candidates) {
            text.append(String.format(
                    Locale.ROOT,
                    "  %-8s %-14s %-9s %-36s %12s  %s%n",
                    c.verdict().name().toLowerCase(Locale.ROOT),
                    c.device(),
                    c.backend(),
                    c.kernel().isEmpty() ? "-" : c.kernel(),
                    time(c),
                    c.reason()));
        }
        return text.toString();
    }

    private static String time(final Candidate candidate) {
        if (Double.isNaN(candidate.nanos())) {
            return "-";
        }
        final String mark = candidate.source() == Candidate.Source.MODEL ? "~" : "";
        return String.format(Locale.ROOT, "%s%.2f us", mark, candidate.nanos() / 1e3);
    }
}
