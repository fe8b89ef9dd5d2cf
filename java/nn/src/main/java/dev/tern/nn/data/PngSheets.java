package dev.tern.nn.data;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.IIOException;
import javax.imageio.ImageIO;

/**
 * CIFAR-10 as it is packed for browsers: each row of a PNG sheet is an image, its own rows one after the other, and the
 * labels are arrays in JSON. Made into the binary batches of the original, it is verified and read like those.
 */
final class PngSheets {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int TRAIN_SHEETS = 5;

    private PngSheets() {}

    /** Writes a batch for each of the six sheets in {@code folder}. */
    static void convert(final Path folder, final Path into) throws IOException {
        final int[] labels = labels(folder.resolve("train_lables.json")); // as it is spelt there
        int first = 0;
        for (int i = 1; i <= TRAIN_SHEETS; i++) {
            first += convert(folder.resolve("data_batch_" + i + ".png"), labels, first, into);
        }
        convert(folder.resolve("test_batch.png"), labels(folder.resolve("test_lables.json")), 0, into);
    }

    private static int[] labels(final Path file) throws IOException {
        return JSON.readValue(file.toFile(), int[].class);
    }

    /** The images of {@code sheet} have the labels from {@code first} on; says how many they are. */
    private static int convert(final Path sheet, final int[] labels, final int first, final Path into)
            throws IOException {
        final Raster pixels = read(sheet);
        final int count = pixels.getHeight();
        if (first + count > labels.length) {
            throw new IOException("%s: %d images, %d labels left".formatted(sheet, count, labels.length - first));
        }
        final String name = sheet.getFileName().toString().replace(".png", ".bin");
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(into.resolve(name)))) {
            final byte[] record = new byte[CifarBatch.RECORD_BYTES];
            for (int i = 0; i < count; i++) {
                record[0] = (byte) labels[first + i];
                fillPlanes(record, pixels, i);
                out.write(record);
            }
        }
        return count;
    }

    private static Raster read(final Path sheet) throws IOException {
        final BufferedImage image;
        try {
            image = ImageIO.read(sheet.toFile());
        } catch (final IIOException e) {
            throw new IOException(sheet + ": " + e.getMessage(), e);
        }
        if (image == null) {
            throw new IOException(sheet + ": no PNG");
        }
        final Raster pixels = image.getRaster();
        if (pixels.getWidth() != CifarBatch.PLANE_BYTES || pixels.getNumBands() < CifarBatch.CHANNELS) {
            throw new IOException("%s: rows of %d pixels with %d channels; an image has %d with %d"
                    .formatted(
                            sheet,
                            pixels.getWidth(),
                            pixels.getNumBands(),
                            CifarBatch.PLANE_BYTES,
                            CifarBatch.CHANNELS));
        }
        return pixels;
    }

    private static void fillPlanes(final byte[] record, final Raster pixels, final int image) {
        final int[] plane = new int[CifarBatch.PLANE_BYTES];
        for (int channel = 0; channel < CifarBatch.CHANNELS; channel++) {
            pixels.getSamples(0, image, plane.length, 1, channel, plane);
            for (int i = 0; i < plane.length; i++) {
                record[1 + channel * plane.length + i] = (byte) plane[i];
            }
        }
    }
}
