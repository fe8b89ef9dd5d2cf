package dev.tern.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * One of our backends beside one peer, over all shapes that both ran. A ratio above 1 means that Tern is faster.
 *
 * @param backend {@code best} is the fastest of ours at each shape
 * @param maxIsa where both were clamped; empty where neither was
 * @param shapes how many shapes the ratios are over
 */
public record Summary(
        String suite,
        String type,
        int threads,
        String backend,
        String versus,
        String maxIsa,
        int shapes,
        double geomeanRatio,
        double minRatio,
        String worstShape) {

    static final String BEST = "best";

    /** What is compared: rows of one suite, type, number of threads and clamp. */
    private record Contest(String suite, String type, int threads, String maxIsa) {}

    static List<Summary> of(final List<Row> rows) {
        final Map<Contest, List<Row>> contests = new LinkedHashMap<>();
        for (final Row row : rows) {
            contests.computeIfAbsent(
                            new Contest(row.suite(), row.type(), row.threads(), row.maxIsa()),
                            contest -> new ArrayList<>())
                    .add(row);
        }
        final List<Summary> summaries = new ArrayList<>();
        contests.forEach((contest, of) -> summaries.addAll(of(contest, of)));
        return summaries;
    }

    private static List<Summary> of(final Contest contest, final List<Row> rows) {
        final Map<String, Map<String, Row>> ours = new LinkedHashMap<>();
        final Map<String, Map<String, Row>> peers = new LinkedHashMap<>();
        for (final Row row : rows) {
            if (row.isTern()) {
                byShape(ours, row.backend()).put(row.shape(), row);
                byShape(ours, BEST).merge(row.shape(), row, Summary::faster);
            } else {
                byShape(peers, row.system()).put(row.shape(), row);
            }
        }
        final List<Summary> summaries = new ArrayList<>();
        peers.forEach((versus, theirs) -> ours.forEach((backend, of) -> {
            final Set<String> shapes = new LinkedHashSet<>(theirs.keySet());
            shapes.retainAll(of.keySet());
            if (!shapes.isEmpty()) {
                summaries.add(compare(contest, backend, versus, of, theirs, shapes));
            }
        }));
        return summaries;
    }

    private static Row faster(final Row one, final Row other) {
        return one.medianNs() <= other.medianNs() ? one : other;
    }

    private static Map<String, Row> byShape(final Map<String, Map<String, Row>> all, final String of) {
        return all.computeIfAbsent(of, key -> new LinkedHashMap<>());
    }

    private static Summary compare(
            final Contest contest,
            final String backend,
            final String versus,
            final Map<String, Row> ours,
            final Map<String, Row> theirs,
            final Set<String> shapes) {
        double logarithms = 0;
        double min = Double.POSITIVE_INFINITY;
        String worst = "";
        for (final String shape : shapes) {
            final double ratio = ours.get(shape).ratioTo(theirs.get(shape));
            logarithms += Math.log(ratio);
            if (ratio < min) {
                min = ratio;
                worst = shape;
            }
        }
        return new Summary(
                contest.suite(),
                contest.type(),
                contest.threads(),
                backend,
                versus,
                contest.maxIsa(),
                shapes.size(),
                Math.exp(logarithms / shapes.size()),
                min,
                worst);
    }
}
