package dev.tern.nn.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.csv.CsvFactory;
import com.fasterxml.jackson.dataformat.csv.CsvParser;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Rows of numbers under a row of names; the column {@code label} holds the classes, whole numbers from 0. A sample has
 * one channel for each of the other columns, so that each can be normalized by itself.
 */
record CsvTable(String source, List<String> columns, Samples samples) {
    private static final String LABEL = "label";
    private static final int MAX_LABEL = 255;
    private static final CsvFactory CSV = CsvFactory.builder()
            .enable(CsvParser.Feature.TRIM_SPACES)
            .enable(CsvParser.Feature.SKIP_EMPTY_LINES)
            .enable(CsvParser.Feature.WRAP_AS_ARRAY)
            .build();

    static CsvTable read(final Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return read(file.toString(), in);
        }
    }

    /** {@code source} names the stream in error messages. */
    static CsvTable read(final String source, final InputStream in) throws IOException {
        try (CsvParser parser = CSV.createParser(ByteReader.decompressed(source, in))) {
            return new Reader(source, parser).table();
        }
    }

    /** The names in the first row, the label's among them. */
    static List<String> columns(final Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file);
                CsvParser parser = CSV.createParser(ByteReader.decompressed(file.toString(), in))) {
            return new Reader(file.toString(), parser).columns;
        }
    }

    void requireColumns(final List<String> wanted) throws IOException {
        if (!columns.equals(wanted)) {
            throw new IOException("%s: line 1: columns %s, where training has %s".formatted(source, columns, wanted));
        }
    }

    /** Goes through a file once. */
    private static final class Reader {
        private final String source;
        private final CsvParser parser;
        private final List<String> columns = new ArrayList<>();
        private final int label;
        private float[] values = new float[1 << 10];
        private byte[] labels = new byte[1 << 6];
        private int size;

        Reader(final String source, final CsvParser parser) throws IOException {
            this.source = source;
            this.parser = parser;
            next();
            if (next() == JsonToken.START_ARRAY) {
                while (next() != JsonToken.END_ARRAY) {
                    columns.add(parser.getText());
                }
            }
            label = columns.indexOf(LABEL);
            if (label < 0 || columns.size() < 2) {
                throw new IOException("%s: line 1: columns %s; one has to be named %s, and others hold numbers"
                        .formatted(source, columns, LABEL));
            }
        }

        private JsonToken next() throws IOException {
            try {
                return parser.nextToken();
            } catch (final JsonProcessingException e) {
                throw error(e.getLocation().getLineNr(), e.getOriginalMessage());
            }
        }

        CsvTable table() throws IOException {
            while (next() == JsonToken.START_ARRAY) {
                row();
            }
            final int width = columns.size() - 1;
            final ImageFormat format = new ImageFormat(1, 1, width);
            final Samples samples =
                    Samples.of(format, Arrays.copyOf(values, size * width), Arrays.copyOf(labels, size));
            return new CsvTable(source, List.copyOf(columns), samples);
        }

        private void row() throws IOException {
            final int width = columns.size() - 1;
            final int at = size * width;
            makeRoom(at + width);
            final int line = parser.currentLocation().getLineNr();
            int column = 0;
            for (; next() != JsonToken.END_ARRAY; column++) {
                if (column == label) {
                    labels[size] = label(line, column);
                } else if (column <= width) {
                    values[at + (column < label ? column : column - 1)] = number(line, column);
                }
            }
            if (column != columns.size()) {
                throw error(line, "%d columns, where line 1 has %d".formatted(column, columns.size()));
            }
            size++;
        }

        private void makeRoom(final int elements) {
            if (elements > values.length) {
                values = Arrays.copyOf(values, Math.max(elements, 2 * values.length));
            }
            if (size == labels.length) {
                labels = Arrays.copyOf(labels, 2 * labels.length);
            }
        }

        private float number(final int line, final int column) throws IOException {
            try {
                final float number = Float.parseFloat(parser.getText());
                if (Float.isFinite(number)) {
                    return number;
                }
            } catch (final NumberFormatException _) {
                // falls through to the same refusal as a number that is not finite
            }
            throw error(line, column, "no finite number");
        }

        private byte label(final int line, final int column) throws IOException {
            final float number = number(line, column);
            if (number < 0 || number > MAX_LABEL || number != (int) number) {
                throw error(line, column, "no whole number from 0 to " + MAX_LABEL);
            }
            return (byte) (int) number;
        }

        private IOException error(final int line, final int column, final String problem) throws IOException {
            return error(
                    line,
                    "column %d (%s): '%s' is %s".formatted(column + 1, columns.get(column), parser.getText(), problem));
        }

        private IOException error(final int line, final String problem) {
            return new IOException("%s: line %d: %s".formatted(source, line, problem));
        }
    }
}
