package dev.tern;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TuningCacheTest {
    private static final TuningCache.Entry ENTRY = new TuningCache.Entry("b", Map.of("a", 2.5, "b", 1.25));

    @TempDir
    Path folder;

    private Path file;

    @BeforeEach
    void nameTheFile() {
        file = folder.resolve("deep").resolve("tuning.tsv");
    }

    @Test
    void shouldKeepWhatItIsGivenAcrossInstances() {
        new TuningCache(file).put("key one", ENTRY);
        new TuningCache(file).put("key two", ENTRY);
        final TuningCache read = new TuningCache(file);
        assertEquals(ENTRY, read.get("key one").orElseThrow());
        assertEquals(ENTRY, read.get("key two").orElseThrow());
        assertTrue(read.get("key three").isEmpty());
    }

    @Test
    void shouldLoseOnlyTheLinesThatCorruptionHit() throws IOException {
        for (int i = 0; i < 5; i++) {
            new TuningCache(file).put("key" + i, ENTRY);
        }
        final byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 0x55;
        Files.write(file, bytes);
        final TuningCache read = new TuningCache(file);
        final List<Integer> lost = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            if (read.get("key" + i).isEmpty()) {
                lost.add(i);
            }
        }
        assertEquals(List.of(2), lost);
    }

    @Test
    void shouldStartAfreshFromGarbage() throws IOException {
        Files.createDirectories(file.getParent());
        Files.write(file, new byte[] {0, -1, 10, 9, 9, 10, -128});
        final TuningCache cache = new TuningCache(file);
        assertTrue(cache.get("key").isEmpty());
        cache.put("key", ENTRY);
        assertEquals(ENTRY, new TuningCache(file).get("key").orElseThrow());
    }

    @Test
    void shouldKeepMeasurementsInMemoryWhereItCannotWrite() throws IOException {
        Files.writeString(folder.resolve("deep"), "a file where the folder should be");
        final TuningCache cache = new TuningCache(file);
        cache.put("key", ENTRY);
        assertEquals(ENTRY, cache.get("key").orElseThrow());
    }

    @Test
    void shouldHoldTheResultsOfTwoProcessesAtOnce() throws Exception {
        final Process first = writer("first", 60);
        final Process second = writer("second", 60);
        assertTrue(first.waitFor(60, TimeUnit.SECONDS) && second.waitFor(60, TimeUnit.SECONDS));
        assertEquals(0, first.exitValue());
        assertEquals(0, second.exitValue());
        final TuningCache read = new TuningCache(file);
        for (int i = 0; i < 60; i++) {
            assertTrue(read.get("first" + i).isPresent(), "first" + i);
            assertTrue(read.get("second" + i).isPresent(), "second" + i);
        }
    }

    @Test
    void shouldSurviveAWriterKilledAtAnyInstant() throws Exception {
        new TuningCache(file).put("before", ENTRY);
        for (int kill = 0; kill < 5; kill++) {
            final Process writer = writer("run" + kill + "-", 100_000);
            final String written = writer.inputReader().readLine();
            writer.destroyForcibly().waitFor();
            final TuningCache read = new TuningCache(file);
            assertEquals(ENTRY, read.get("before").orElseThrow());
            assertEquals(ENTRY, read.get(written).orElseThrow());
        }
        new TuningCache(file).put("after", ENTRY);
        assertEquals(ENTRY, new TuningCache(file).get("after").orElseThrow());
    }

    private Process writer(final String prefix, final int count) throws IOException {
        final String java =
                Path.of(System.getProperty("java.home"), "bin", "java").toString();
        return new ProcessBuilder(
                        java,
                        "-cp",
                        System.getProperty("java.class.path"),
                        Writer.class.getName(),
                        file.toString(),
                        prefix,
                        String.valueOf(count))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /** Writes entries, and prints each key once it is in the file. */
    static final class Writer {
        private Writer() {}

        public static void main(final String[] arguments) {
            final TuningCache cache = new TuningCache(Path.of(arguments[0]));
            for (int i = 0; i < Integer.parseInt(arguments[2]); i++) {
                cache.put(arguments[1] + i, ENTRY);
                System.out.println(arguments[1] + i);
            }
        }
    }
}
