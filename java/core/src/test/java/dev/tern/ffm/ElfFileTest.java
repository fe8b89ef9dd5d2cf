package dev.tern.ffm;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The whole library that gets mutilated is one of the JDK's own. */
@EnabledOnOs(OS.LINUX)
class ElfFileTest {
    private static final Platform HERE =
            Platform.of("Linux", System.getProperty("os.arch")).orElseThrow();

    private final byte[] library = jdkLibrary();

    private static byte[] jdkLibrary() {
        try {
            return Files.readAllBytes(Path.of(System.getProperty("java.home"), "lib", "libjava.so"));
        } catch (final IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void shouldTakeAWholeLibraryOfThisPlatform() {
        assertDoesNotThrow(() -> ElfFile.check(library, HERE));
    }

    @Test
    void shouldRefuseALibraryOfAnotherProcessor() {
        for (final Platform platform : Platform.values()) {
            if (platform != HERE) {
                assertRefuses(library, platform, "another processor");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.0, 0.01, 0.3, 0.5, 0.9, 0.999})
    void shouldRefuseALibraryCutShort(final double part) {
        assertRefuses(Arrays.copyOf(library, (int) (library.length * part)), HERE, "is");
    }

    @Test
    void shouldRefuseALibraryThatLacksItsLastByte() {
        assertRefuses(Arrays.copyOf(library, library.length - 1), HERE, "truncated");
    }

    @Test
    void shouldRefuseOffsetsBeyondTheFile() {
        for (final int field : new int[] {32, 40}) {
            for (final long offset : new long[] {-1, Long.MAX_VALUE, library.length}) {
                final byte[] broken = library.clone();
                ByteBuffer.wrap(broken).order(ByteOrder.LITTLE_ENDIAN).putLong(field, offset);
                assertRefuses(broken, HERE, "corrupt");
            }
        }
    }

    @Test
    void shouldRefuseWhatIsNoLibrary() {
        assertRefuses("#!/bin/sh\n".repeat(100).getBytes(StandardCharsets.US_ASCII), HERE, "no ELF file");
        final byte[] object = library.clone();
        object[16] = 1;
        assertRefuses(object, HERE, "no shared library");
        final byte[] narrow = library.clone();
        narrow[4] = 1;
        assertRefuses(narrow, HERE, "64-bit");
    }

    private static void assertRefuses(final byte[] bytes, final Platform platform, final String reason) {
        final String message = assertThrows(UnusableLibraryException.class, () -> ElfFile.check(bytes, platform))
                .getMessage();
        assertTrue(message.contains(reason), message);
    }
}
