package dev.tern.opencl;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import org.jocl.CL;
import org.jocl.cl_device_id;
import org.jocl.cl_program;

/** The kernels, built for one device. */
final class ClProgram {
    /** Entry points of {@code kernels/opencl}. */
    enum Entry {
        PACK_ROWS_F32,
        PACK_ROWS_U8,
        PACK_ROWS_S8,
        PACK_COLUMNS_F32,
        PACK_COLUMNS_S8,
        SUM_ROWS,
        SEED_COLUMNS,
        GEMM_F32,
        GEMM_S8
    }

    private final cl_program program;
    private final Tile tile;
    private final Map<Entry, ClKernel> kernels = new EnumMap<>(Entry.class);

    private ClProgram(final cl_program program, final Tile tile) {
        this.program = program;
        this.tile = tile;
    }

    /** From the configured binary, or else from the sources. */
    static ClProgram build(final ClContext context) {
        final Optional<Path> binary = ClBinary.configured();
        return binary.isPresent()
                ? ofBinary(context, binary.get())
                : ofSource(context, KernelSources.text(), context.device().tile());
    }

    static ClProgram ofSource(final ClContext context, final String source, final Tile tile) {
        final int[] status = new int[1];
        final cl_program program =
                CL.clCreateProgramWithSource(context.handle(), 1, new String[] {source}, null, status);
        OpenClException.check(status[0], "clCreateProgramWithSource");
        return finish(context, program, tile, context.device().buildOptions(tile));
    }

    private static ClProgram ofBinary(final ClContext context, final Path file) {
        final byte[] binary = bytes(file);
        final int[] status = new int[1];
        final cl_program program = CL.clCreateProgramWithBinary(
                context.handle(),
                1,
                new cl_device_id[] {context.device().id()},
                new long[] {binary.length},
                new byte[][] {binary},
                null,
                status);
        OpenClException.check(status[0], "clCreateProgramWithBinary of " + file);
        return finish(context, program, Tile.DEFAULT, "");
    }

    private static byte[] bytes(final Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (final IOException e) {
            throw new OpenClException(ClBinary.PROPERTY + ": cannot read " + file + ": " + e.getMessage());
        }
    }

    private static ClProgram finish(
            final ClContext context, final cl_program program, final Tile tile, final String options) {
        final int status = CL.clBuildProgram(program, 0, null, options, null, null);
        if (status == CL.CL_SUCCESS) {
            return withKernels(context, new ClProgram(program, tile));
        }
        final String log = ClInfo.buildLog(program, context.device().id());
        CL.clReleaseProgram(program);
        throw new OpenClException("clBuildProgram " + options + " for "
                + context.device().device() + ": " + CL.stringFor_errorCode(status) + System.lineSeparator() + log);
    }

    private static ClProgram withKernels(final ClContext context, final ClProgram built) {
        try {
            for (final Entry entry : Entry.values()) {
                built.kernels.put(entry, built.kernel(context, entry));
            }
            return built;
        } catch (final OpenClException e) {
            built.release(); // a binary without some kernel
            throw e;
        }
    }

    Tile tile() {
        return tile;
    }

    cl_program handle() {
        return program;
    }

    ClKernel kernel(final Entry entry) {
        return kernels.get(entry);
    }

    void release() {
        kernels.values().forEach(ClKernel::release);
        CL.clReleaseProgram(program);
    }

    private ClKernel kernel(final ClContext context, final Entry entry) {
        final String name = entry.name().toLowerCase(java.util.Locale.ROOT);
        final int[] status = new int[1];
        final var kernel = CL.clCreateKernel(program, name, status);
        OpenClException.check(status[0], "clCreateKernel " + name);
        return new ClKernel(context, name, kernel, tile.groupEdge());
    }
}
