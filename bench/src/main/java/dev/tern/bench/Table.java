package dev.tern.bench;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Lines of cells, the first of them the header; what the terminal and the page both show. */
record Table(String title, List<List<String>> lines) {

    /** Whom a table has a ratio to: the first of them that is in it. */
    private static final List<String> PEERS = List.of("onednn", "djl-pytorch");

    /** Our backends beside the peers, over all shapes. */
    static Table summary(final Results results) {
        final List<List<String>> lines = new ArrayList<>();
        lines.add(List.of("type", "threads", "backend", "versus", "geomean", "least", "at"));
        for (final Summary summary : results.summary()) {
            lines.add(List.of(
                    summary.type(),
                    Integer.toString(summary.threads()),
                    summary.backend(),
                    summary.versus(),
                    String.format(Locale.ROOT, "%.2f", summary.geomeanRatio()),
                    String.format(Locale.ROOT, "%.2f", summary.minRatio()),
                    summary.worstShape()));
        }
        return new Table("Ratios of times; above 1 Tern is faster", lines);
    }

    /** One table for each type and number of threads: shapes down, systems across. */
    static List<Table> rates(final Results results) {
        final Map<String, List<Row>> groups = results.rows().stream()
                .filter(row -> row.gops() != null)
                .collect(Collectors.groupingBy(Table::title, LinkedHashMap::new, Collectors.toList()));
        return groups.entrySet().stream()
                .map(group -> rates(group.getKey(), group.getValue()))
                .toList();
    }

    /**
     * The best of ours at products of one row with weights of few bits: how near it comes to either floor, its
     * operations at the instruction's rate and its bytes at that of reading as many again and again, and how many times
     * as fast it is as with weights of twice the bits.
     */
    static Optional<Table> floors(final Results results) {
        final Map<String, List<Row>> blocks = results.rows().stream()
                .filter(row -> row.suite().equals("lowbit") && row.shape().startsWith("1x") && row.pctFloor() != null)
                .collect(Collectors.groupingBy(
                        row -> title(row) + row.shape(), LinkedHashMap::new, Collectors.toList()));
        final List<List<String>> lines = new ArrayList<>();
        lines.add(List.of(
                "type", "threads", "MxNxK", "kernel", "Gop/s", "instruction", "reading", "nearer", "best / wider"));
        blocks.values().forEach(block -> best(block).ifPresent(row -> lines.add(floors(row, block))));
        return lines.size() == 1 ? Optional.empty() : Optional.of(new Table("Floors of products of one row", lines));
    }

    private static List<String> floors(final Row row, final List<Row> block) {
        final Optional<Row> wider = block.stream()
                .filter(other -> other.system().equals("tern-wider"))
                .findFirst();
        return List.of(
                row.type(),
                Integer.toString(row.threads()),
                row.shape(),
                row.kernel(),
                String.format(Locale.ROOT, "%.0f", row.gops()),
                percent(row.pctPeak()),
                percent(row.pctReading()),
                percent(row.pctFloor()),
                wider.map(than -> String.format(Locale.ROOT, "%.2f", row.ratioTo(than)))
                        .orElse("-"));
    }

    /** How many samples a second each system trains on. */
    static Optional<Table> samples(final Results results) {
        final List<List<String>> lines = new ArrayList<>();
        lines.add(List.of("model-batch", "threads", "system", "samples/s", "ms a step", "of the peak"));
        results.rows().stream()
                .filter(row -> row.suite().equals("training"))
                .forEach(row -> lines.add(List.of(
                        row.shape(),
                        Integer.toString(row.threads()),
                        column(row),
                        String.format(Locale.ROOT, "%,.0f", row.itemsPerS()),
                        String.format(Locale.ROOT, "%.2f", row.medianNs() / 1e6),
                        percent(row.pctPeak()))));
        return lines.size() == 1 ? Optional.empty() : Optional.of(new Table("Steps of training", lines));
    }

    private static String percent(final Double of) {
        return of == null ? "-" : String.format(Locale.ROOT, "%.0f %%", of);
    }

    /** Calls that compute nothing, by their times. */
    static Table calls(final Results results) {
        final List<List<String>> lines = new ArrayList<>();
        lines.add(List.of("call", "threads", "median ns", "least ns", "spread"));
        for (final Row row :
                results.rows().stream().filter(call -> call.gops() == null).toList()) {
            lines.add(List.of(
                    row.op(),
                    Integer.toString(row.threads()),
                    String.format(Locale.ROOT, "%.1f", row.medianNs()),
                    String.format(Locale.ROOT, "%.1f", row.minNs()),
                    String.format(Locale.ROOT, "%.0f %%", 100 * row.spread())));
        }
        return new Table("Costs of a call", lines);
    }

    /** All that a document has. */
    static List<Table> of(final Results results) {
        final List<Table> tables = new ArrayList<>();
        if (!results.summary().isEmpty()) {
            tables.add(summary(results));
        }
        floors(results).ifPresent(tables::add);
        samples(results).ifPresent(tables::add);
        tables.addAll(rates(results));
        if (results.rows().stream().anyMatch(row -> row.gops() == null)) {
            tables.add(calls(results));
        }
        return tables;
    }

    private static String title(final Row row) {
        return row.type() + ", " + row.threads() + (row.threads() == 1 ? " thread" : " threads");
    }

    private static Table rates(final String title, final List<Row> rows) {
        final Set<String> columns = new LinkedHashSet<>();
        final Map<String, Map<String, String>> cells = new LinkedHashMap<>();
        final Map<String, List<Row>> shapes =
                rows.stream().collect(Collectors.groupingBy(Row::shape, LinkedHashMap::new, Collectors.toList()));
        shapes.forEach((shape, systems) -> {
            final Map<String, String> line = new LinkedHashMap<>();
            systems.forEach(row -> line.put(column(row), cell(row)));
            peer(systems)
                    .ifPresent(peer -> versus(systems, peer)
                            .ifPresent(ratio -> line.put(Summary.BEST + " / " + peer.system(), ratio)));
            columns.addAll(line.keySet());
            cells.put(shape, line);
        });
        final List<List<String>> lines = new ArrayList<>();
        lines.add(line(extents(rows.get(0).op()), columns));
        cells.forEach((shape, values) -> lines.add(line(
                shape,
                columns.stream().map(column -> values.getOrDefault(column, "-")).toList())));
        return new Table(title, lines);
    }

    /** What a shape names. */
    private static String extents(final String op) {
        return switch (op) {
            case "conv" -> "NxHxWxC-filters-window";
            case "lstm" -> "steps x batch x inputs-hidden";
            case "training" -> "model-batch";
            default -> "MxNxK";
        };
    }

    private static Optional<Row> peer(final List<Row> systems) {
        return systems.stream()
                .filter(row -> PEERS.contains(row.system()))
                .min(Comparator.comparingInt(row -> PEERS.indexOf(row.system())));
    }

    /** How many times as fast as the peer the best of ours is. */
    private static Optional<String> versus(final List<Row> systems, final Row peer) {
        return best(systems).map(best -> String.format(Locale.ROOT, "%.2f", best.ratioTo(peer)));
    }

    private static Optional<Row> best(final List<Row> systems) {
        return systems.stream()
                .filter(row -> row.isTern() && row.maxIsa().isEmpty())
                .min(Comparator.comparingDouble(Row::medianNs));
    }

    private static List<String> line(final String first, final Iterable<String> others) {
        final List<String> line = new ArrayList<>(List.of(first));
        others.forEach(line::add);
        return line;
    }

    private static String column(final Row row) {
        return row.isTern() ? row.system() + ":" + row.backend() : row.system();
    }

    /** Gop/s, percent of the nearer floor, with a b where that is of its bytes, and a tilde where the peak drifted. */
    private static String cell(final Row row) {
        final boolean bytes = row.isBoundByMemory();
        final Double of = bytes ? row.pctFloor() : row.pctPeak();
        final String percent = of == null ? "" : String.format(Locale.ROOT, " (%.0f %%%s)", of, bytes ? " b" : "");
        final String pattern = row.gops() < 100 ? "%.1f%s%s" : "%.0f%s%s";
        return String.format(Locale.ROOT, pattern, row.gops(), percent, row.drifted() ? " ~" : "");
    }

    String toText() {
        final StringBuilder text = new StringBuilder(title).append('\n');
        for (final List<String> line : lines) {
            final String cells =
                    line.stream().map(cell -> String.format("%-17s", cell)).collect(Collectors.joining(" "));
            text.append(cells.stripTrailing()).append('\n');
        }
        return text.toString();
    }

    String toMarkdown() {
        final StringBuilder text = new StringBuilder("### ").append(title).append("\n\n");
        text.append(markdown(lines.get(0)));
        text.append(markdown(lines.get(0).stream().map(cell -> "---").toList()));
        lines.stream().skip(1).forEach(line -> text.append(markdown(line)));
        return text.toString();
    }

    private static String markdown(final List<String> line) {
        return line.stream().collect(Collectors.joining(" | ", "| ", " |\n"));
    }
}
