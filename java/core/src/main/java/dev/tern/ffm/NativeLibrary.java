package dev.tern.ffm;

import java.nio.file.Path;

/** The libtern of this JVM, loaded once and for all, or the reason why there is none. */
public final class NativeLibrary {
    private static final class Holder {
        private static final NativeLibrary INSTANCE = LibraryLoader.load();
    }

    private final Path path;
    private final String sha256;
    private final String reason;

    private NativeLibrary(final Path path, final String sha256, final String reason) {
        this.path = path;
        this.sha256 = sha256;
        this.reason = reason;
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
}
