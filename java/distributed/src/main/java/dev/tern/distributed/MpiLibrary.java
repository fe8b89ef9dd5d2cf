package dev.tern.distributed;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;

/** An MPI library, found and loaded for good; nothing of it has run but the question what it is. */
final class MpiLibrary {
    private static final String PROPERTY = "tern.mpi.library";
    /** What MPI_MAX_LIBRARY_VERSION_STRING is in MPICH, which has the longer one. */
    private static final int VERSION_BYTES = 8192;
    /** Of dlopen on Linux. */
    private static final int RTLD_NOW = 2;

    private static final int RTLD_GLOBAL = 0x100;
    /** Of setenv: what the user set stands. */
    private static final int KEEP = 0;

    private static final Linker LINKER = Linker.nativeLinker();

    private final String name;
    private final SymbolLookup symbols;
    private final String version;

    private MpiLibrary(final String name) {
        this.name = name;
        symbols = SymbolLookup.libraryLookup(name, Arena.global());
        version = version();
    }

    /** The library that the user named, or else the first of those that go with what started this process. */
    static MpiLibrary find(final MpiLauncher launcher) {
        final String named = System.getProperty(PROPERTY);
        final List<String> names = named == null ? launcher.libraries() : List.of(named);
        final List<String> reasons = new ArrayList<>();
        for (final String name : names) {
            final String reason = open(name);
            if (reason != null) {
                reasons.add(reason);
                continue;
            }
            final MpiLibrary library = new MpiLibrary(name);
            if (library.family() == launcher.family()) {
                return library;
            }
            reasons.add(name + " is " + library.version + ", which " + launcher.name() + " cannot start");
        }
        throw new CommunicatorException(
                "started by %s, but no MPI library of %s can be used: %s; install one, or set %s"
                        .formatted(launcher.name(), launcher.family(), String.join("; ", reasons), PROPERTY));
    }

    /**
     * Null, or why it cannot be. With its symbols for all, since Open MPI's components look for them and say so
     * nowhere. UCX, under both families, would take over the signals by which the JVM stops its threads.
     */
    private static String open(final String name) {
        final SymbolLookup libc = LINKER.defaultLookup();
        final MethodHandle setenv = link(libc, "setenv", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_INT));
        final MethodHandle dlopen = link(libc, "dlopen", FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_INT));
        final MethodHandle dlerror = link(libc, "dlerror", FunctionDescriptor.of(ADDRESS));
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment signals = arena.allocateFrom("UCX_ERROR_SIGNALS");
            final int _ = (int) setenv.invokeExact(signals, arena.allocateFrom(""), KEEP);
            final MemorySegment library =
                    (MemorySegment) dlopen.invokeExact(arena.allocateFrom(name), RTLD_NOW | RTLD_GLOBAL);
            return library.address() != 0 ? null : text((MemorySegment) dlerror.invokeExact());
        } catch (final Throwable e) {
            throw new AssertionError(e);
        }
    }

    private static String text(final MemorySegment chars) {
        return chars.address() == 0
                ? "no reason given"
                : chars.reinterpret(VERSION_BYTES).getString(0);
    }

    private String version() {
        final MethodHandle question = function("MPI_Get_library_version", ADDRESS, ADDRESS);
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment chars = arena.allocate(VERSION_BYTES);
            final int _ = (int) question.invokeExact(chars, arena.allocate(JAVA_INT));
            return chars.getString(0).lines().findFirst().orElse("").strip();
        } catch (final Throwable e) {
            throw new AssertionError(e);
        }
    }

    MpiLauncher.Family family() {
        return MpiLauncher.Family.of(version);
    }

    /** Of an MPI function, all of which return an error code. */
    MethodHandle function(final String function, final MemoryLayout... arguments) {
        return link(symbols, function, FunctionDescriptor.of(JAVA_INT, arguments));
    }

    MemorySegment symbol(final String symbol) {
        return symbols.find(symbol).orElseThrow(() -> new CommunicatorException(name + " has no " + symbol));
    }

    private static MethodHandle link(
            final SymbolLookup symbols, final String function, final FunctionDescriptor descriptor) {
        final MemorySegment address = symbols.find(function)
                .orElseThrow(() -> new CommunicatorException("the library has no function " + function));
        return LINKER.downcallHandle(address, descriptor);
    }

    /** Its first line of what it says it is. */
    @Override
    public String toString() {
        return version;
    }
}
