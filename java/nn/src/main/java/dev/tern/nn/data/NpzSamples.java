package dev.tern.nn.data;

import dev.tern.model.MalformedFileException;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipInputStream;

/**
 * Samples that numpy saved: {@code numpy.savez(file, x=…, y=…)}, compressed or not. {@code x} is [n, rows, columns,
 * channels], [n, rows, columns], or [n, numbers], in bytes or floats; {@code y} is [n], whole numbers from 0.
 */
final class NpzSamples {
    private static final int MAX_LABEL = 255;
    private static final int ZIP_MAGIC = 'P' << 8 | 'K';

    private NpzSamples() {}

    static Samples read(final Path file) throws IOException {
        final Map<String, NpyFile> arrays = arrays(file);
        final NpyFile x = required(file, arrays, "x");
        final NpyFile y = required(file, arrays, "y");
        final ImageFormat format = format(file, x);
        final byte[] labels = labels(file, y);
        if (labels.length != x.dimension(0)) {
            throw malformed(file, "%d labels in y for %d samples in x".formatted(labels.length, x.dimension(0)));
        }
        return switch (x.type()) {
            case "|u1" -> Samples.of(format, x.bytes(), labels);
            case "<f4", "<f8" -> Samples.of(format, x.floats(), labels);
            default ->
                throw malformed(file, "x has elements of type %s; |u1, <f4 and <f8 are read".formatted(x.type()));
        };
    }

    private static Map<String, NpyFile> arrays(final Path file) throws IOException {
        final Map<String, NpyFile> arrays = new HashMap<>();
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
            requireZip(file, in);
            final ZipInputStream zip = new ZipInputStream(in);
            for (ZipEntry entry = next(file, zip); entry != null; entry = next(file, zip)) {
                final String name = entry.getName().replaceFirst("\\.npy$", "");
                arrays.put(name, NpyFile.read(file + "!" + entry.getName(), zip));
            }
        }
        return arrays;
    }

    private static void requireZip(final Path file, final InputStream in) throws IOException {
        in.mark(2);
        if ((in.read() << 8 | in.read()) != ZIP_MAGIC) {
            throw malformed(file, "not an archive of numpy: it does not begin with PK");
        }
        in.reset();
    }

    private static ZipEntry next(final Path file, final ZipInputStream zip) throws IOException {
        try {
            return zip.getNextEntry();
        } catch (EOFException | ZipException e) {
            final MalformedFileException malformed = malformed(file, "broken archive (" + e.getMessage() + ")");
            malformed.initCause(e);
            throw malformed;
        }
    }

    private static NpyFile required(final Path file, final Map<String, NpyFile> arrays, final String name)
            throws IOException {
        final NpyFile array = arrays.get(name);
        if (array == null) {
            throw new MalformedFileException(
                    file.toString(),
                    Files.size(file),
                    "no array %s up to the end, but %s".formatted(name, arrays.keySet()));
        }
        return array;
    }

    /** Numbers that are not in rows and columns are channels, so that each can be normalized by itself. */
    private static ImageFormat format(final Path file, final NpyFile x) throws IOException {
        for (int axis = 1; axis < x.rank(); axis++) {
            if (x.dimension(axis) == 0) {
                throw malformed(file, "dimension %d of x is 0".formatted(axis));
            }
        }
        return switch (x.rank()) {
            case 2 -> new ImageFormat(1, 1, x.dimension(1));
            case 3 -> new ImageFormat(x.dimension(1), x.dimension(2), 1);
            case 4 -> new ImageFormat(x.dimension(1), x.dimension(2), x.dimension(3));
            default -> throw malformed(file, "x has rank %d; 2 to 4 are read".formatted(x.rank()));
        };
    }

    private static byte[] labels(final Path file, final NpyFile y) throws IOException {
        if (y.rank() != 1) {
            throw malformed(file, "y has rank %d; labels have 1".formatted(y.rank()));
        }
        final long[] integers = y.integers();
        final byte[] labels = new byte[integers.length];
        for (int i = 0; i < labels.length; i++) {
            if (integers[i] < 0 || integers[i] > MAX_LABEL) {
                throw malformed(file, "label %d in y[%d]; 0 to %d are read".formatted(integers[i], i, MAX_LABEL));
            }
            labels[i] = (byte) integers[i];
        }
        return labels;
    }

    private static MalformedFileException malformed(final Path file, final String problem) {
        return new MalformedFileException(file.toString(), 0, problem);
    }
}
