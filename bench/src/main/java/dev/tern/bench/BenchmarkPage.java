package dev.tern.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * docs/benchmarks.md. Between {@code <!-- results: NAME -->} and {@code <!-- end -->} stands what
 * bench/results/NAME.json says, after {@code <!-- figures -->} what all of docs/results say; everything else is written
 * by hand.
 */
final class BenchmarkPage {

    private static final Pattern SECTION =
            Pattern.compile("(<!-- results: ([\\w-]+) -->\n).*?(<!-- end -->)", Pattern.DOTALL);

    private static final Pattern FIGURES = Pattern.compile("(<!-- figures -->\n).*?(<!-- end -->)", Pattern.DOTALL);

    private final Path page;
    private final Path results;
    private final Path figures;

    private BenchmarkPage(final Path page, final Path results, final Path figures) {
        this.page = page;
        this.results = results;
        this.figures = figures;
    }

    /** @param root of the repository */
    static BenchmarkPage of(final Path root) {
        return new BenchmarkPage(
                root.resolve("docs/benchmarks.md"), root.resolve("bench/results"), root.resolve("docs/results"));
    }

    String current() throws IOException {
        return Files.readString(page);
    }

    /** The page as the results would have it. */
    String generated() throws IOException {
        final Matcher sections = SECTION.matcher(current());
        final StringBuilder text = new StringBuilder();
        while (sections.find()) {
            final String tables = tables(Results.read(results.resolve(sections.group(2) + ".json")));
            sections.appendReplacement(text, Matcher.quoteReplacement(sections.group(1) + tables + sections.group(3)));
        }
        return withFigures(sections.appendTail(text).toString());
    }

    private String withFigures(final String text) throws IOException {
        final Matcher section = FIGURES.matcher(text);
        if (!section.find()) {
            return text;
        }
        final List<Figures> all = new ArrayList<>();
        try (Stream<Path> files = Files.list(figures)) {
            for (final Path file : files.sorted().toList()) {
                all.add(Figures.read(file));
            }
        }
        final String table = "\n" + Figures.table(all).toMarkdown() + "\n";
        return section.replaceFirst(Matcher.quoteReplacement(section.group(1) + table + section.group(2)));
    }

    void write() throws IOException {
        Files.writeString(page, generated());
    }

    private static String tables(final Results results) {
        final StringBuilder text =
                new StringBuilder("\nCommit `").append(results.commit()).append("`.\n\n");
        Table.of(results).forEach(table -> text.append(table.toMarkdown()).append('\n'));
        return text.toString();
    }
}
