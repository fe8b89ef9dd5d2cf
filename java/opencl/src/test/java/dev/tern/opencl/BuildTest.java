package dev.tern.opencl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.DataType;
import dev.tern.Engine;
import dev.tern.Gemm;
import dev.tern.PackedWeights;
import dev.tern.Shape;
import dev.tern.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_program;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Programs from sources and from binaries. */
class BuildTest {
    private static final Gemm GEMM = Gemm.of(3, 2).bias(1f, 2, 3);
    private static final Tensor WEIGHTS = Tensor.of(Shape.of(2, 3), 1f, 2, 3, 4, 5, 6);

    @TempDir
    private Path folder;

    @AfterEach
    void forgetTheBinary() {
        System.clearProperty(ClBinary.PROPERTY);
        System.clearProperty(Tile.PROPERTY);
    }

    @Test
    void shouldRunABinaryWithoutBuildingSources() throws IOException {
        final Path file = Files.write(folder.resolve("tern.bin"), binary());
        System.setProperty(ClBinary.PROPERTY, file.toString());
        System.setProperty(Tile.PROPERTY, "1x4x1x1"); // a source build would obey; a binary has the default tile
        try (Engine engine = Pocl.engine();
                PackedWeights weights = engine.pack(GEMM, WEIGHTS)) {
            final Tensor y = Tensor.allocate(DataType.F32, Shape.of(1, 3));
            engine.compile(weights).run(Tensor.of(Shape.of(1, 2), 10f, 1), y);
            assertArrayEquals(new float[] {15, 27, 39}, y.toFloats());
            assertEquals(
                    "gemm_f32f32f32_8x32_cpu",
                    engine.candidates(GEMM).getFirst().kernel());
        }
    }

    @Test
    void shouldRefuseABinaryThatIsNotThere() {
        System.setProperty(ClBinary.PROPERTY, folder.resolve("absent.aocx").toString());
        try (Engine engine = Pocl.engine()) {
            final var plan = engine.compile(GEMM);
            final var refusal = assertThrows(UnsupportedOperationException.class, () -> plan.explain(1));
            assertTrue(refusal.getMessage().contains("absent.aocx"), refusal.getMessage());
        }
    }

    @Test
    void shouldRefuseABinaryOfAnotherDevice() throws IOException {
        final Path file = Files.writeString(folder.resolve("wrong.aocx"), "not a program");
        System.setProperty(ClBinary.PROPERTY, file.toString());
        try (Engine engine = Pocl.engine()) {
            final var plan = engine.compile(GEMM);
            final var failure = assertThrows(OpenClException.class, () -> plan.explain(1));
            assertTrue(failure.getMessage().contains("CL_INVALID_BINARY"), failure.getMessage());
        }
    }

    @Test
    void shouldSayWhyATileIsImpossible() {
        System.setProperty(Tile.PROPERTY, "3x16x2x1");
        try (Engine engine = Pocl.engine()) {
            final var plan = engine.compile(GEMM);
            final var failure = assertThrows(OpenClException.class, () -> plan.explain(1));
            assertTrue(failure.getMessage().contains("TILE_ROWS must be 1, 2, 4, 8 or 16"), failure.getMessage());
        }
    }

    /** What a vendor's compiler would have written: the default tile, built for this device. */
    private static byte[] binary() {
        final ClContext context = new ClContext(Pocl.driver(), null, null);
        final cl_program program =
                ClProgram.ofSource(context, KernelSources.text(), Tile.DEFAULT).handle();
        final long[] size = new long[1];
        OpenClException.check(
                CL.clGetProgramInfo(program, CL.CL_PROGRAM_BINARY_SIZES, Sizeof.size_t, Pointer.to(size), null),
                "CL_PROGRAM_BINARY_SIZES");
        final byte[] binary = new byte[Math.toIntExact(size[0])];
        OpenClException.check(
                CL.clGetProgramInfo(
                        program, CL.CL_PROGRAM_BINARIES, Sizeof.POINTER, Pointer.to(Pointer.to(binary)), null),
                "CL_PROGRAM_BINARIES");
        context.close();
        return binary;
    }
}
