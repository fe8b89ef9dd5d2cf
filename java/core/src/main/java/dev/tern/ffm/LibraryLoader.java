package dev.tern.ffm;

import dev.tern.ffm.bindings.LibTern;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.SymbolLookup;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * Finds libtern, checks it and loads it into this JVM: the file that {@code tern.native.path} names, else that of the
 * classifier jar. What is wrong with a file is found before anything of it runs, as far as that can be found.
 */
final class LibraryLoader {
    private static final String PATH = "tern.native.path";
    private static final String WORKDIR = "tern.native.workdir";
    private static final String ADDRESS = "$address";

    private record Linked(Path file, String sha256) {}

    private final Platform platform;

    private LibraryLoader(final Platform platform) {
        this.platform = platform;
    }

    static NativeLibrary load() {
        final String osName = System.getProperty("os.name");
        final String osArch = System.getProperty("os.arch");
        try {
            final Platform platform = Platform.of(osName, osArch)
                    .orElseThrow(
                            () -> new UnusableLibraryException("no libtern is built for " + osName + " " + osArch));
            return new LibraryLoader(platform).find();
        } catch (final UnusableLibraryException unusable) {
            return NativeLibrary.absent(unusable.getMessage());
        }
    }

    private NativeLibrary find() throws UnusableLibraryException {
        final String path = System.getProperty(PATH);
        final Linked linked = path == null ? packaged() : named(Path.of(path).toAbsolutePath());
        checkVersion(linked.file());
        checkSymbols(linked.file());
        return NativeLibrary.loaded(linked.file(), linked.sha256());
    }

    private Linked named(final Path file) throws UnusableLibraryException {
        try {
            if (!Files.isRegularFile(file)) {
                throw new UnusableLibraryException(PATH + ": " + file + " is no file");
            }
            final byte[] bytes = Files.readAllBytes(file);
            check(bytes, file.toString());
            link(file);
            return new Linked(file, sha256(bytes));
        } catch (final IOException e) {
            throw new UnusableLibraryException(PATH + ": cannot read " + file + ": " + e);
        }
    }

    /** Goes on to a temporary folder where the cache cannot be written or the library cannot be mapped from it. */
    private Linked packaged() throws UnusableLibraryException {
        final byte[] bytes = resource();
        final String hash = sha256(bytes);
        check(bytes, platform.resource());
        final List<String> reasons = new ArrayList<>();
        for (final Path workdir : workdirs()) {
            try {
                final Path file = LibraryCache.place(workdir, hash, bytes);
                link(file);
                return new Linked(file, hash);
            } catch (final IOException e) {
                reasons.add("cannot extract to " + workdir + ": " + e);
            } catch (final UnusableLibraryException e) {
                reasons.add(e.getMessage());
            }
        }
        throw new UnusableLibraryException(String.join("; ", reasons));
    }

    private byte[] resource() throws UnusableLibraryException {
        final ClassLoader loader = LibraryLoader.class.getClassLoader();
        try (InputStream resource = loader.getResourceAsStream(platform.resource())) {
            if (resource == null) {
                throw new UnusableLibraryException("the jar tern-native of " + platform
                        + " is not on the class path, and " + PATH + " is not set");
            }
            return resource.readAllBytes();
        } catch (final IOException e) {
            throw new UnusableLibraryException("cannot read " + platform.resource() + ": " + e);
        }
    }

    /** The folder that the user named, alone, or the user's cache and then a temporary one. */
    private static List<Path> workdirs() {
        final String named = System.getProperty(WORKDIR);
        if (named != null) {
            return List.of(Path.of(named));
        }
        final List<Path> workdirs = new ArrayList<>();
        final String cache = System.getenv("XDG_CACHE_HOME");
        final Path home = Path.of(System.getProperty("user.home"));
        if (cache != null && !cache.isBlank()) {
            workdirs.add(Path.of(cache, "tern", "native"));
        } else if (home.isAbsolute()) {
            workdirs.add(home.resolve(".cache/tern/native"));
        }
        workdirs.add(Path.of(System.getProperty("java.io.tmpdir"), "tern-native-" + System.getProperty("user.name")));
        return workdirs;
    }

    private void check(final byte[] bytes, final String name) throws UnusableLibraryException {
        try {
            ElfFile.check(bytes, platform);
        } catch (final UnusableLibraryException e) {
            throw new UnusableLibraryException(name + " " + e.getMessage());
        }
    }

    private static void link(final Path file) throws UnusableLibraryException {
        try {
            System.load(file.toString());
        } catch (final UnsatisfiedLinkError e) {
            throw new UnusableLibraryException(LinkFailure.explain(e.getMessage()));
        } catch (final IllegalCallerException e) {
            final Module module = LibraryLoader.class.getModule();
            throw new UnusableLibraryException("native access is not enabled: run java with --enable-native-access="
                    + (module.isNamed() ? module.getName() : "ALL-UNNAMED"));
        }
    }

    private static void checkVersion(final Path file) throws UnusableLibraryException {
        if (SymbolLookup.loaderLookup().find("tern_abi_version").isEmpty()) {
            throw new UnusableLibraryException(file + " is no libtern: it has no tern_abi_version");
        }
        final int version = LibTern.tern_abi_version();
        if (version != LibTern.TERN_ABI_VERSION()) {
            throw new UnusableLibraryException(file + " has ABI version " + version + ", this Tern needs "
                    + LibTern.TERN_ABI_VERSION() + ": the jars are of different releases");
        }
    }

    /** The bindings look a function up at its first call, which is too late to do without the library. */
    private static void checkSymbols(final Path file) throws UnusableLibraryException {
        final SymbolLookup symbols = SymbolLookup.loaderLookup();
        for (final Method method : LibTern.class.getDeclaredMethods()) {
            if (method.getName().endsWith(ADDRESS)) {
                final String symbol =
                        method.getName().substring(0, method.getName().length() - ADDRESS.length());
                if (symbols.find(symbol).isEmpty()) {
                    throw new UnusableLibraryException(file + " has no " + symbol);
                }
            }
        }
    }

    private static String sha256(final byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (final NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }
}
