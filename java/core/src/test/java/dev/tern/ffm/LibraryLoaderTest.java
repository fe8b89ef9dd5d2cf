package dev.tern.ffm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each in a JVM of its own: whatever is wrong with the library, the program runs on the Java backends and says why. */
class LibraryLoaderTest {
    private static final double PRODUCT = 3 * 10 + 4 * 100;

    @TempDir
    private Path folder;

    private final List<String> options = new ArrayList<>();
    private final Map<String, String> environment = new HashMap<>();
    private byte[] library;

    @BeforeEach
    void readLibrary() throws IOException {
        NativeTests.requireLibrary();
        try (InputStream resource = LibraryLoaderTest.class.getClassLoader().getResourceAsStream(resourceName())) {
            library = resource.readAllBytes();
        }
        option("java.io.tmpdir", Files.createDirectory(folder.resolve("tmp")));
        environment.put("XDG_CACHE_HOME", folder.resolve("cache").toString());
    }

    private static String resourceName() {
        return Platform.of("Linux", System.getProperty("os.arch")).orElseThrow().resource();
    }

    private void option(final String property, final Object value) {
        options.add("-D" + property + "=" + value);
    }

    @Test
    void shouldExtractToTheUsersCacheAndLoad() throws Exception {
        final Map<String, String> told = run(System.getProperty("java.class.path"));
        assertEquals("true", told.get("loaded"));
        final Path file = Path.of(told.get("path"));
        assertTrue(file.startsWith(folder.resolve("cache/tern/native")), file.toString());
        assertEquals(-1, Arrays.mismatch(library, Files.readAllBytes(file)));
        assertEquals(told, run(System.getProperty("java.class.path")), "a second start");
    }

    @Test
    void shouldExtractToTheFolderThatIsNamed() throws Exception {
        option("tern.native.workdir", folder.resolve("named"));
        final Map<String, String> told = run(System.getProperty("java.class.path"));
        assertTrue(told.get("path").startsWith(folder.resolve("named") + "/"), told.toString());
    }

    @Test
    void shouldGoOnToATemporaryFolderWhereTheCacheCannotBeWritten() throws Exception {
        environment.put(
                "XDG_CACHE_HOME", Files.createFile(folder.resolve("file")).toString());
        final Map<String, String> told = run(System.getProperty("java.class.path"));
        assertTrue(told.get("path").startsWith(folder.resolve("tmp") + "/"), told.toString());
    }

    @Test
    void shouldNotGoOnWhereTheNamedFolderCannotBeWritten() throws Exception {
        option("tern.native.workdir", Files.createFile(folder.resolve("file")));
        assertRunsOnJavaAndSays(
                System.getProperty("java.class.path"),
                "cannot extract",
                folder.resolve("file").toString());
    }

    @TestFactory
    Stream<DynamicTest> shouldGoAroundANoexecMount() throws IOException {
        return noexecFolders()
                .limit(1)
                .map(mount -> DynamicTest.dynamicTest(mount.toString(), () -> {
                    final Path cache = Files.createTempDirectory(mount, "tern");
                    try {
                        environment.put("XDG_CACHE_HOME", cache.toString());
                        final Map<String, String> told = run(System.getProperty("java.class.path"));
                        assertTrue(told.get("path").startsWith(folder.resolve("tmp") + "/"), told.toString());
                        option("tern.native.workdir", cache);
                        assertRunsOnJavaAndSays(System.getProperty("java.class.path"), "noexec", "tern.native.workdir");
                    } finally {
                        try (Stream<Path> files = Files.walk(cache)) {
                            files.sorted((a, b) -> b.compareTo(a))
                                    .forEach(file -> file.toFile().delete());
                        }
                    }
                }));
    }

    private static Stream<Path> noexecFolders() throws IOException {
        return Files.readAllLines(Path.of("/proc/mounts")).stream()
                .map(line -> line.split(" "))
                .filter(mount -> List.of(mount[3].split(",")).containsAll(List.of("noexec", "rw")))
                .filter(mount -> mount[2].equals("tmpfs"))
                .map(mount -> Path.of(mount[1]))
                .filter(Files::isDirectory)
                .filter(Files::isWritable);
    }

    @Test
    void shouldServeASecondClassLoaderByACopyOfItsOwn() throws Exception {
        final List<Map<String, String>> told = runTwice();
        assertEquals(
                List.of("true", "true"), told.stream().map(t -> t.get("loaded")).toList());
        assertFalse(told.getFirst().get("path").equals(told.getLast().get("path")), told.toString());
        assertEquals(PRODUCT, Double.parseDouble(told.getLast().get("product")));
    }

    @Test
    void shouldSayThatTheJarIsMissing() throws Exception {
        assertRunsOnJavaAndSays(withoutNatives(), "tern-native", "tern.native.path");
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 0.1, 0.5, 0.99})
    void shouldSayThatTheJarIsCorrupt(final double part) throws Exception {
        final Path resource = folder.resolve(resourceName());
        Files.createDirectories(resource.getParent());
        Files.write(resource, new MutilatedLibrary(library).cutTo(part));
        assertRunsOnJavaAndSays(folder + File.pathSeparator + withoutNatives(), resourceName(), "is");
    }

    @Test
    void shouldSayThatTheNamedFileIsMissing() throws Exception {
        assertRunsOnJavaAndSays(folder.resolve("absent.so"), "tern.native.path", "absent.so is no file");
        assertRunsOnJavaAndSays(folder, "tern.native.path", "is no file");
    }

    @Test
    void shouldLoadTheNamedFile() throws Exception {
        final Path file = Files.write(folder.resolve("own.so"), library);
        option("tern.native.path", file);
        assertEquals(file.toString(), run(withoutNatives()).get("path"));
    }

    @Test
    void shouldSayThatTheNamedFileIsTruncated() throws Exception {
        assertRunsOnJavaAndSays(write(new MutilatedLibrary(library).cutTo(0.5)), "truncated");
    }

    @Test
    void shouldSayThatTheNamedFileIsForAnotherProcessor() throws Exception {
        final int sparc = 43;
        assertRunsOnJavaAndSays(
                write(new MutilatedLibrary(library).ofMachine(sparc).bytes()), "another processor", "43");
    }

    @Test
    void shouldSayThatTheNamedFileHasAnotherAbi() throws Exception {
        assertRunsOnJavaAndSays(
                write(new MutilatedLibrary(library)
                        .returning("tern_abi_version", 999)
                        .bytes()),
                "ABI version 999");
    }

    @Test
    void shouldNameTheSymbolThatTheNamedFileLacks() throws Exception {
        assertRunsOnJavaAndSays(
                write(new MutilatedLibrary(library).without("tern_peak_run").bytes()), "has no tern_peak_run");
    }

    @Test
    void shouldSayThatTheNamedFileIsSomeOtherLibrary() throws Exception {
        final Path other = Path.of(System.getProperty("java.home"), "lib", "libjimage.so");
        assertRunsOnJavaAndSays(write(Files.readAllBytes(other)), "is no libtern");
    }

    @Test
    void shouldNameTheFlagWhereNativeAccessIsDenied() throws Exception {
        options.add("--illegal-native-access=deny");
        options.add("--enable-native-access=java.logging");
        assertRunsOnJavaAndSays(System.getProperty("java.class.path"), "--enable-native-access=ALL-UNNAMED");
    }

    private Path write(final byte[] bytes) throws IOException {
        return Files.write(folder.resolve("spoilt.so"), bytes);
    }

    private void assertRunsOnJavaAndSays(final Path named, final String... reasons) throws Exception {
        option("tern.native.path", named);
        assertRunsOnJavaAndSays(withoutNatives(), reasons);
    }

    private void assertRunsOnJavaAndSays(final String classPath, final String... reasons) throws Exception {
        final Map<String, String> told = run(classPath);
        assertEquals("false", told.get("loaded"));
        assertEquals(told.get("reason"), told.get("probe"));
        for (final String reason : reasons) {
            assertTrue(told.get("reason").contains(reason), told.get("reason"));
        }
    }

    private static String withoutNatives() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !Files.exists(Path.of(entry, resourceName())))
                .collect(Collectors.joining(File.pathSeparator));
    }

    private Map<String, String> run(final String classPath) throws IOException, InterruptedException {
        final Map<String, String> told = start(classPath).getFirst();
        assertEquals(PRODUCT, Double.parseDouble(told.get("product")));
        return told;
    }

    private List<Map<String, String>> runTwice() throws IOException, InterruptedException {
        return start(System.getProperty("java.class.path"), "twice");
    }

    /** What the program told: the description of each class loader in turn. */
    private List<Map<String, String>> start(final String classPath, final String... arguments)
            throws IOException, InterruptedException {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        command.addAll(List.of("-Xshare:auto", "-cp", classPath, LoaderProgram.class.getName()));
        command.addAll(List.of(arguments));
        final Path output = folder.resolve("output");
        final Path errors = folder.resolve("errors");
        final ProcessBuilder builder =
                new ProcessBuilder(command).redirectOutput(output.toFile()).redirectError(errors.toFile());
        builder.environment().putAll(environment);
        final Process process = builder.start();
        assertTrue(process.waitFor(60, TimeUnit.SECONDS), "the program hangs");
        assertEquals(0, process.exitValue(), () -> read(errors));
        return parse(Files.readAllLines(output));
    }

    private static String read(final Path file) {
        try {
            return Files.readString(file);
        } catch (final IOException e) {
            throw new AssertionError(e);
        }
    }

    private static List<Map<String, String>> parse(final List<String> lines) {
        final List<Map<String, String>> told = new ArrayList<>();
        for (final String line : lines) {
            if (line.startsWith("loaded: ")) {
                told.add(new HashMap<>());
            }
            final String[] parts = line.split(": ", 2);
            told.getLast().put(parts[0], parts[1]);
        }
        return told;
    }
}
