package dev.tern.ffm;

import dev.tern.Isa;
import dev.tern.ffm.bindings.LibTern;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Set;

/** The libtern of this JVM, loaded once and for all, or the reason why there is none. */
public final class NativeLibrary {
    private static final class Holder {
        private static final NativeLibrary INSTANCE = LibraryLoader.load();
    }

    private final Path path;
    private final String sha256;
    private final String reason;
    private final Set<Isa> cpuIsas;
    private final List<NativeKernel> kernels;

    private NativeLibrary(final Path path, final String sha256, final String reason) {
        this.path = path;
        this.sha256 = sha256;
        this.reason = reason;
        cpuIsas = reason == null ? Collections.unmodifiableSet(NativeKernel.isas(LibTern.tern_cpu_isa())) : Set.of();
        kernels = reason == null ? NativeKernel.table() : List.of();
    }

    /** Loads the library when first called; never throws. */
    public static NativeLibrary get() {
        return Holder.INSTANCE;
    }

    static NativeLibrary loaded(final Path path, final String sha256) {
        return new NativeLibrary(path, sha256, null);
    }

    static NativeLibrary absent(final String reason) {
        return new NativeLibrary(null, null, reason);
    }

    public boolean isLoaded() {
        return reason == null;
    }

    /** Why it is not loaded; null where it is. */
    public String reason() {
        return reason;
    }

    /** The file that was loaded; null where none was. */
    public Path path() {
        return path;
    }

    /** The hash of that file's bytes, in hexadecimal; null where none was loaded. */
    public String sha256() {
        return sha256;
    }

    /** Compiler, version and target, for people; null where none was loaded. */
    public String buildInfo() {
        return isLoaded() ? LibTern.tern_build_info().getString(0) : null;
    }

    /** What the processor has and the operating system lets this process use; empty where none was loaded. */
    public Set<Isa> cpuIsas() {
        return cpuIsas;
    }

    /** The kernel table, those included that this processor cannot run. */
    List<NativeKernel> kernels() {
        return kernels;
    }
}
