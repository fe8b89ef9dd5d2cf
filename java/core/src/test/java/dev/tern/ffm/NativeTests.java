package dev.tern.ffm;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tern.DataType;
import dev.tern.ffm.bindings.LibTern;
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

    /** Those that multiply by weights of a type. */
    static List<NativeKernel> runnableGemms(final DataType weights) {
        return runnableKernels().stream()
                .filter(kernel -> kernel.operation() == LibTern.TERN_GEMM() && kernel.weights() == weights)
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
