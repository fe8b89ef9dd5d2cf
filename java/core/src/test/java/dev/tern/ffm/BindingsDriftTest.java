package dev.tern.ffm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The bindings that are checked in are those of the header beside them, untouched. */
class BindingsDriftTest {
    private static final Path HEADER = Path.of("native/include/tern.h");
    private static final Path ROOT = root();
    private static final Path BINDINGS = Path.of("java/core/src/main/java/dev/tern/ffm/bindings");

    private static Path root() {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.exists(folder.resolve(HEADER))) {
            folder = folder.getParent();
        }
        return folder;
    }

    @Test
    void shouldHoldTheHashesOfTheManifest() throws IOException {
        for (final String line : manifest()) {
            final String[] hashAndPath = line.split(" {2}", 2);
            final String actual = sha256(Files.readAllBytes(ROOT.resolve(hashAndPath[1])));
            assertEquals(hashAndPath[0], actual, hashAndPath[1] + " changed: run scripts/generate-bindings");
        }
    }

    @Test
    void shouldListTheHeaderAndEveryGeneratedFile() throws IOException {
        final Set<String> listed = manifest().stream()
                .map(line -> line.split(" {2}", 2)[1])
                .collect(Collectors.toCollection(TreeSet::new));
        final Set<String> present = new TreeSet<>(Set.of(HEADER.toString()));
        try (Stream<Path> files = Files.list(ROOT.resolve(BINDINGS))) {
            files.filter(file -> file.toString().endsWith(".java"))
                    .forEach(file -> present.add(ROOT.relativize(file).toString()));
        }
        assertEquals(present, listed);
        assertTrue(present.size() > 4, "found only " + present);
    }

    @Test
    void shouldDescribeFunctionsStructsAndConstantsAsTheHeaderDoes() throws Exception {
        final CHeader header = CHeader.parse(headerText());
        assertEquals(List.of(), Bindings.differences(header, bindingsText()));
        assertTrue(header.functions().size() >= 16 && header.structs().size() >= 3, "parsed only " + header);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "tern_gemm_panels(int32_t kernel, int64_t n)     | tern_gemm_panels(int32_t kernel, int32_t n)",
                "uint64_t tern_cpu_isa(void)                     | uint32_t tern_cpu_isa(void)",
                "tern_peak_run(int32_t peak, int64_t iterations) | tern_peak_run(int32_t peak)",
                "TERN_API uint64_t tern_read                     | TERN_API uint64_t tern_read_all",
                "int64_t n, k;                                   | int64_t k, n;",
                "float y_min, y_max;                             | int32_t y_min, y_max;",
                "int32_t beta;                                   | int32_t beta, alpha;",
                "TERN_S8 = 3                                     | TERN_S8 = 4",
                "TERN_ISA_I8MM = 1 << 10                          | TERN_ISA_I8MM = 1 << 11",
            })
    void shouldSeeAPlantedChange(final String from, final String to) throws Exception {
        final String changed = headerText().replace(from, to);
        assertNotEquals(headerText(), changed, "the header no longer says: " + from);
        assertFalse(Bindings.differences(CHeader.parse(changed), bindingsText()).isEmpty());
    }

    private static List<String> manifest() throws IOException {
        return Files.readAllLines(ROOT.resolve(BINDINGS).resolve("MANIFEST.sha256")).stream()
                .filter(line -> !line.startsWith("#"))
                .toList();
    }

    private static String headerText() throws IOException {
        return Files.readString(ROOT.resolve(HEADER));
    }

    private static String bindingsText() throws IOException {
        return Files.readString(ROOT.resolve(BINDINGS).resolve("LibTern.java"));
    }

    private static String sha256(final byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (final NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }
}
