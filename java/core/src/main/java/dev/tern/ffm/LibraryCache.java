package dev.tern.ffm;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Set;

/**
 * Keeps the library of the classifier jar in a file, where the dynamic loader can map it. Its folder is named by the
 * hash of its content, so that no version meets another's file, and nobody else may write there.
 */
final class LibraryCache {
    private static final String FILE = "libtern.so";
    private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    private LibraryCache() {}

    /** The file below {@code workdir} that holds {@code bytes}; written unless it is there byte for byte. */
    static Path place(final Path workdir, final String hash, final byte[] bytes) throws IOException {
        final Path folder = Files.createDirectories(workdir.toAbsolutePath().resolve(hash), OWNER_ONLY);
        final Path file = folder.resolve(FILE);
        requirePrivate(folder);
        if (!holds(file, bytes)) {
            write(folder, file, bytes);
        }
        if (!holds(file, bytes)) {
            throw new IOException(file + " does not hold what was written to it");
        }
        return file;
    }

    /** The rename is atomic: another JVM sees no file, the old file or the whole new one. */
    private static void write(final Path folder, final Path file, final byte[] bytes) throws IOException {
        final Path part = Files.createTempFile(folder, FILE, ".part", OWNER_ONLY);
        try {
            Files.write(part, bytes);
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    private static boolean holds(final Path file, final byte[] bytes) throws IOException {
        return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                && Files.size(file) == bytes.length
                && Arrays.equals(Files.readAllBytes(file), bytes);
    }

    private static void requirePrivate(final Path folder) throws IOException {
        final Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(folder, LinkOption.NOFOLLOW_LINKS);
        final Object self = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        final boolean own = self.equals(Files.getAttribute(folder, "unix:uid", LinkOption.NOFOLLOW_LINKS));
        if (!own
                || permissions.contains(PosixFilePermission.GROUP_WRITE)
                || permissions.contains(PosixFilePermission.OTHERS_WRITE)) {
            throw new IOException(folder + " can be written by others");
        }
    }
}
