package dev.tern.vector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.DataType;
import dev.tern.Device;
import dev.tern.Gemm;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** When the backend offers itself, and what it says where it does not. */
class VectorBackendTest {
    private static final String MODULE = "--add-modules=jdk.incubator.vector";
    private static final int LARGE = 1 << 20;

    @Test
    void shouldBeAvailableInAServerJvm() throws Exception {
        assertTrue(listing(MODULE).contains("vector true Vector API, "));
    }

    @Test
    void shouldNameTheFlagWhereTheModuleIsAbsent() throws Exception {
        final String listing = listing("-Dtern.none=");
        assertTrue(listing.contains("VectorBackend false start Java with --add-modules jdk.incubator.vector"), listing);
        assertTrue(listing.contains("reference true"), listing);
    }

    @Test
    void shouldRefuseAJvmWithoutC2() throws Exception {
        final String stopped = listing(MODULE, "-XX:TieredStopAtLevel=1");
        assertTrue(stopped.contains("vector false compilation stops at level 1"), stopped);
        final String interpreted = listing(MODULE, "-Xint");
        assertTrue(interpreted.contains("vector false code is interpreted only"), interpreted);
    }

    @Test
    void shouldRefuseAWidthThatThereIsNot() throws Exception {
        final String odd = listing(MODULE, "-Dtern.vector.bits=100");
        assertTrue(odd.contains("vector false tern.vector.bits: got 100, allowed: 512, 256 or 128"), odd);
        final String wide = listing(MODULE, "-Dtern.vector.bits=512", "-XX:MaxVectorSize=16");
        assertTrue(wide.contains("vector false vectors of 512 bits: this JVM has 128 bits"), wide);
    }

    @Test
    void shouldNameKernelsByTypesTileAndWidth() {
        final VectorBackend backend = new VectorBackend();
        final String tile = switch (VectorWidth.BITS) {
            case 512 -> "8x32_vector512";
            case 256 -> "4x16_vector256";
            default -> "4x8_vector128";
        };
        final Gemm floats = Gemm.of(8, 8);
        final Gemm bytes = floats.types(DataType.U8, DataType.S8, DataType.F32);
        assertEquals("gemm_f32f32f32_" + tile, onlyKernel(backend, floats));
        assertEquals("gemm_u8s8s32_" + tile, onlyKernel(backend, bytes));
    }

    private static String onlyKernel(final VectorBackend backend, final Gemm gemm) {
        return backend.supports(gemm, Device.CPU).kernels().getFirst().name();
    }

    @Test
    void shouldRefusePanelsThatNoArrayHolds() {
        final var support = new VectorBackend().supports(Gemm.of(LARGE, LARGE), Device.CPU);
        assertFalse(support.isYes());
        assertTrue(support.reason().contains("a Java array holds"), support.reason());
    }

    @Test
    void shouldEstimateMoreForMoreRowsAndLessForMoreThreads() {
        final VectorBackend backend = new VectorBackend();
        final Gemm gemm = Gemm.of(512, 512);
        final var kernel = backend.supports(gemm, Device.CPU).kernels().getFirst();
        final double some = backend.estimateNanos(gemm, Device.CPU, kernel, 100, 1);
        assertTrue(some < backend.estimateNanos(gemm, Device.CPU, kernel, 1000, 1));
        assertTrue(some > backend.estimateNanos(gemm, Device.CPU, kernel, 100, 2));
    }

    /** The output of {@link BackendListing} in a JVM with the given flags. */
    private static String listing(final String... flags) throws IOException, InterruptedException {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(flags));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), BackendListing.class.getName()));
        final Process process =
                new ProcessBuilder(command).redirectErrorStream(true).start();
        final String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), output);
        return output;
    }
}
