package dev.tern.ffm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@EnabledOnOs(OS.LINUX)
class LibraryCacheTest {
    private static final byte[] CONTENT = new byte[100_000];

    static {
        new Random(1).nextBytes(CONTENT);
    }

    @TempDir
    private Path workdir;

    @Test
    void shouldKeepTheFileFromOthers() throws IOException {
        final Path file = LibraryCache.place(workdir.resolve("deep/er"), "abc", CONTENT);
        assertArrayEquals(CONTENT, Files.readAllBytes(file));
        assertEquals("rwx------", permissions(file));
        assertEquals("rwx------", permissions(file.getParent()));
        assertEquals(workdir.resolve("deep/er/abc/libtern.so"), file);
    }

    @Test
    void shouldLeaveAGoodFileAlone() throws IOException {
        final Path file = LibraryCache.place(workdir, "abc", CONTENT);
        final FileTime old = FileTime.fromMillis(1_000_000_000_000L);
        Files.setLastModifiedTime(file, old);
        LibraryCache.place(workdir, "abc", CONTENT);
        assertEquals(old, Files.getLastModifiedTime(file));
    }

    @Test
    void shouldReplaceACorruptFile() throws IOException {
        final Path file = LibraryCache.place(workdir, "abc", CONTENT);
        final byte[] flipped = CONTENT.clone();
        flipped[77_777] ^= 1;
        Files.write(file, flipped);
        assertArrayEquals(CONTENT, Files.readAllBytes(LibraryCache.place(workdir, "abc", CONTENT)));
        Files.write(file, new byte[10]);
        assertArrayEquals(CONTENT, Files.readAllBytes(LibraryCache.place(workdir, "abc", CONTENT)));
    }

    @Test
    void shouldNotFollowALinkToAnotherFile() throws IOException {
        final Path file = LibraryCache.place(workdir, "abc", CONTENT);
        final Path elsewhere = Files.write(workdir.resolve("elsewhere"), CONTENT);
        Files.delete(file);
        Files.createSymbolicLink(file, elsewhere);
        LibraryCache.place(workdir, "abc", CONTENT);
        assertEquals(file.toRealPath(), file.getParent().toRealPath().resolve("libtern.so"));
        assertNotEquals(elsewhere.toRealPath(), file.toRealPath());
    }

    @Test
    void shouldRefuseAFolderThatOthersMayWrite() throws IOException {
        LibraryCache.place(workdir, "abc", CONTENT);
        Files.setPosixFilePermissions(workdir.resolve("abc"), PosixFilePermissions.fromString("rwxrwx---"));
        final IOException refusal = assertThrows(IOException.class, () -> LibraryCache.place(workdir, "abc", CONTENT));
        assertEquals(workdir.resolve("abc") + " can be written by others", refusal.getMessage());
    }

    @Test
    void shouldLeaveOneWholeFileWhereManyWriteAtOnce() throws Exception {
        try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
            final Callable<Path> place = () -> LibraryCache.place(workdir, "abc", CONTENT);
            final List<Callable<Path>> calls =
                    IntStream.range(0, 32).mapToObj(i -> place).collect(Collectors.toList());
            for (final Future<Path> placed : threads.invokeAll(calls)) {
                assertArrayEquals(CONTENT, Files.readAllBytes(placed.get()));
            }
        }
        try (Stream<Path> files = Files.list(workdir.resolve("abc"))) {
            assertEquals(List.of(workdir.resolve("abc/libtern.so")), files.toList());
        }
    }

    private static String permissions(final Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }
}
