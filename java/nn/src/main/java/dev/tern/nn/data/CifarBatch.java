package dev.tern.nn.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A file of CIFAR-10 in its original binary form. A record has 3073 bytes: the label, then 32 x 32 pixels row by row,
 * first all of red, then green, then blue. The originals have 10,000 records each; any number is read.
 */
final class CifarBatch {
    static final int CHANNELS = 3;
    static final int PLANE_BYTES = 32 * 32;
    static final int RECORD_BYTES = 1 + CHANNELS * PLANE_BYTES;

    private static final ImageFormat FORMAT = new ImageFormat(32, 32, CHANNELS);
    private static final int CLASSES = 10;
    private static final int MAX_RECORDS = 100_000;

    private CifarBatch() {}

    /** The samples of all files, in order. */
    static Samples read(final List<Path> files) throws IOException {
        final List<Samples> batches = new ArrayList<>();
        for (final Path file : files) {
            try (InputStream in = Files.newInputStream(file)) {
                batches.add(read(file.toString(), in));
            }
        }
        return Samples.join(batches);
    }

    static Samples read(final String source, final InputStream in) throws IOException {
        final ByteReader reader = new ByteReader(source, in);
        final byte[] records = reader.upTo(MAX_RECORDS * RECORD_BYTES);
        reader.requireEnd("%d records".formatted(MAX_RECORDS));
        final int count = records.length / RECORD_BYTES;
        final int found = records.length % RECORD_BYTES;
        if (found > 0) {
            throw reader.error(
                    records.length,
                    "the file ends in record %d: %d bytes wanted, %d found",
                    count,
                    RECORD_BYTES,
                    found);
        }
        final byte[] pixels = new byte[count * FORMAT.elements()];
        final byte[] labels = new byte[count];
        for (int i = 0; i < count; i++) {
            final int at = i * RECORD_BYTES;
            if ((records[at] & 0xff) >= CLASSES) {
                throw reader.error(at, "label %d of record %d; 0 to 9 are read", records[at] & 0xff, i);
            }
            labels[i] = records[at];
            interleave(records, at + 1, pixels, i * FORMAT.elements());
        }
        return Samples.of(FORMAT, pixels, labels);
    }

    /** From planes to pixels, as {@link Samples} have them. */
    private static void interleave(final byte[] planes, final int from, final byte[] pixels, final int to) {
        for (int channel = 0; channel < CHANNELS; channel++) {
            for (int i = 0; i < PLANE_BYTES; i++) {
                pixels[to + i * CHANNELS + channel] = planes[from + channel * PLANE_BYTES + i];
            }
        }
    }
}
