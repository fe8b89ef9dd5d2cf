package dev.tern.ffm;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tern.DataType;
import dev.tern.Gemm;
import java.util.List;

/** What the tests of the native backend need: the library, wherever the build made one. */
final class NativeTests {
    private NativeTests() {}

    /** Skips where the build made no library, and fails where it made one that does not load. */
    static NativeLibrary requireLibrary() {
        final String resource = Platform.of(System.getProperty("os.name"), System.getProperty("os.arch"))
                .map(Platform::resource)
                .orElse("none");
        final boolean built = NativeTests.class.getClassLoader().getResource(resource) != null;
        assumeTrue(built, "the build made no native library");
        final NativeLibrary library = NativeLibrary.get();
        assertTrue(library.isLoaded(), library.reason());
        return library;
    }

    /** Those that run an operation. */
    static List<NativeKernel> runnableGemms(final Gemm gemm) {
        return runnableKernels().stream().filter(kernel -> kernel.runs(gemm)).toList();
    }

    /** Those that convolve each channel with weights of a type. */
    static List<NativeKernel> runnableDepthwise(final DataType weights) {
        return runnableKernels().stream()
                .filter(kernel -> kernel.isDepthwise() && kernel.weights() == weights)
                .toList();
    }

    /** The kernels that this processor runs. */
    static List<NativeKernel> runnableKernels() {
        final NativeLibrary library = requireLibrary();
        return library.kernels().stream()
                .filter(kernel -> library.cpuIsas().containsAll(kernel.needs()))
                .toList();
    }
}
