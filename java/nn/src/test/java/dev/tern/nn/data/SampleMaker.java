package dev.tern.nn.data;

import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

/**
 * Draws the embedded sample from the whole MNIST: as many of each digit, in their original order.
 *
 * <pre>java … dev.tern.nn.data.SampleMaker java/nn/src/main/resources/dev/tern/nn/data/sample</pre>
 */
public final class SampleMaker {
    static final int TRAIN_PER_CLASS = 600;
    static final int TEST_PER_CLASS = 100;
    private static final long SEED = 1998;

    private SampleMaker() {}

    /** Writes the four files into the folder that the only argument names; MNIST is in the standard store. */
    public static void main(final String[] arguments) throws IOException {
        final Path folder = Files.createDirectories(Path.of(arguments[0]));
        final DataSet whole = DataStore.standard().load("mnist");
        write(stratified(whole.train(), whole.classes(), TRAIN_PER_CLASS), folder, "train");
        write(stratified(whole.test(), whole.classes(), TEST_PER_CLASS), folder, "t10k");
    }

    /** {@code perClass} samples of each class, drawn by a fixed seed. */
    static Samples stratified(final Samples from, final int classes, final int perClass) {
        final SplittableRandom random = new SplittableRandom(SEED);
        final int[] chosen = IntStream.range(0, classes)
                .flatMap(digit -> Arrays.stream(draw(indicesOf(from, digit), perClass, random)))
                .sorted()
                .toArray();
        return from.select(chosen);
    }

    private static int[] indicesOf(final Samples samples, final int label) {
        return IntStream.range(0, samples.size())
                .filter(i -> samples.label(i) == label)
                .toArray();
    }

    /** The first {@code count} places of a Fisher-Yates shuffle. */
    private static int[] draw(final int[] indices, final int count, final SplittableRandom random) {
        for (int i = 0; i < count; i++) {
            final int j = random.nextInt(i, indices.length);
            final int swapped = indices[i];
            indices[i] = indices[j];
            indices[j] = swapped;
        }
        return Arrays.copyOf(indices, count);
    }

    private static void write(final Samples samples, final Path folder, final String prefix) throws IOException {
        final int rows = samples.format().rows();
        final int columns = samples.format().columns();
        final byte[] pixels = samples.pixels().toArray(ValueLayout.JAVA_BYTE);
        final byte[] labels = new byte[samples.size()];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = (byte) samples.label(i);
        }
        writeIdx(folder.resolve(prefix + "-images-idx3-ubyte.gz"), pixels, samples.size(), rows, columns);
        writeIdx(folder.resolve(prefix + "-labels-idx1-ubyte.gz"), labels, samples.size());
    }

    private static void writeIdx(final Path file, final byte[] bytes, final int... dimensions) throws IOException {
        try (DataOutputStream out = new DataOutputStream(new BufferedOutputStream(smallest(file)))) {
            out.writeInt(0x0800 | dimensions.length);
            for (final int dimension : dimensions) {
                out.writeInt(dimension);
            }
            out.write(bytes);
        }
    }

    private static OutputStream smallest(final Path file) throws IOException {
        return new GZIPOutputStream(Files.newOutputStream(file)) {
            {
                def.setLevel(Deflater.BEST_COMPRESSION);
            }
        };
    }
}
