package dev.tern.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.Availability;
import dev.tern.Engine;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Why OpenCL cannot be used, in processes that lack some part of it; and that it costs nothing until it is. */
class ProbeTest {
    private static final String CLASS_PATH = System.getProperty("java.class.path");

    @TempDir
    private Path folder;

    @Test
    void shouldNameThePackageOfAMissingLoader() {
        final Availability found = new IcdLoader("libNoSuchOpenCL.so.1", Map.of()).probe();
        assertFalse(found.available());
        assertTrue(found.detail().contains("ocl-icd-libopencl1"), found.detail());
    }

    @Test
    void shouldNameThePackageOfAMissingDriver() throws Exception {
        final List<String> said = run(CLASS_PATH, Map.of("OCL_ICD_VENDORS", folder.toString()), List.of());
        assertEquals("no", said.get(0));
        assertTrue(said.get(1).startsWith("no OpenCL driver in " + folder), said.get(1));
        assertTrue(said.get(1).contains("pocl-opencl-icd"), said.get(1));
    }

    @Test
    void shouldSayThatADriverOffersNoDevice() throws Exception {
        Files.writeString(folder.resolve("broken.icd"), "libNoSuchDriver.so\n");
        final List<String> said = run(CLASS_PATH, Map.of("OCL_ICD_VENDORS", folder.toString()), List.of());
        assertEquals("no", said.get(0));
        assertTrue(said.get(1).contains("offer no device"), said.get(1));
    }

    @Test
    void shouldSayThatJoclIsNotOnTheClassPath() throws Exception {
        Pocl.driver();
        final String withoutJocl = Arrays.stream(CLASS_PATH.split(File.pathSeparator))
                .filter(entry -> !Path.of(entry).getFileName().toString().startsWith("jocl"))
                .collect(Collectors.joining(File.pathSeparator));
        final List<String> said = run(withoutJocl, Map.of(), List.of());
        assertEquals("no", said.get(0));
        assertTrue(said.get(1).contains("org.jocl:jocl"), said.get(1));
    }

    @Test
    void shouldSayThatJoclCannotLoadItsNativeLibrary() throws Exception {
        Pocl.driver();
        final String nowhere =
                Files.createFile(folder.resolve("file")).resolve("folder").toString();
        final List<String> said = run(CLASS_PATH, Map.of(), List.of("-Djava.io.tmpdir=" + nowhere));
        assertEquals("no", said.get(0));
        assertTrue(said.get(1).contains("java.io.tmpdir"), said.get(1));
    }

    @Test
    void shouldStartNoDriverUntilDevicesAreAskedFor() throws Exception {
        Pocl.driver();
        assertEquals(List.of("false", "true"), run(StartsDriver.class, CLASS_PATH, Map.of(), List.of()));
    }

    /** Prints whether OpenCL works, and why. */
    static final class Says {
        public static void main(final String[] arguments) {
            try (Engine engine = Engine.builder().build()) {
                final Availability opencl = engine.backends().get("opencl");
                System.out.println(opencl.available() ? "yes" : "no");
                System.out.println(opencl.detail().replace('\n', ' '));
            }
        }
    }

    /** Prints whether PoCL is loaded once an engine is built, and once it was asked for its devices. */
    static final class StartsDriver {
        public static void main(final String[] arguments) throws IOException {
            try (Engine engine = Engine.builder().build()) {
                System.out.println(hasLoadedPocl());
                engine.devices();
                System.out.println(hasLoadedPocl());
            }
        }

        private static boolean hasLoadedPocl() throws IOException {
            return Files.readString(Path.of("/proc/self/maps")).contains("libpocl");
        }
    }

    private static List<String> run(
            final String classPath, final Map<String, String> environment, final List<String> flags) throws Exception {
        return run(Says.class, classPath, environment, flags);
    }

    private static List<String> run(
            final Class<?> main,
            final String classPath,
            final Map<String, String> environment,
            final List<String> flags)
            throws Exception {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx256m", "--enable-native-access=ALL-UNNAMED"));
        command.addAll(flags);
        command.addAll(List.of("-cp", classPath, main.getName()));
        final ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.environment().putAll(environment);
        final Process process = builder.start();
        final List<String> lines = process.inputReader().lines().toList();
        assertEquals(0, process.waitFor(), () -> "exit of " + command + ": " + lines);
        return lines;
    }
}
