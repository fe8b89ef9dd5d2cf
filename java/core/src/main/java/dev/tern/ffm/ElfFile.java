package dev.tern.ffm;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Checks an ELF shared library before the dynamic loader sees it: one of another processor would be refused with a
 * message that explains little, and touching a segment that a truncated file lacks kills the process.
 */
final class ElfFile {
    private static final int HEADER_BYTES = 64;
    private static final int MAGIC = 0x7f454c46;
    private static final byte CLASS_64 = 2;
    private static final byte LITTLE_ENDIAN = 1;
    private static final int SHARED_OBJECT = 3;
    private static final int PROGRAM_HEADER_BYTES = 56;
    private static final int LOAD = 1;

    private final ByteBuffer file;

    private ElfFile(final byte[] bytes) {
        this.file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Refuses what is not a whole shared library for {@code platform}. */
    static void check(final byte[] bytes, final Platform platform) throws UnusableLibraryException {
        final ElfFile elf = new ElfFile(bytes);
        elf.checkHeader(platform);
        elf.checkComplete();
    }

    private void checkHeader(final Platform platform) throws UnusableLibraryException {
        require(file.capacity() >= HEADER_BYTES, "is no ELF file: it has " + file.capacity() + " bytes");
        require(Integer.reverseBytes(file.getInt(0)) == MAGIC, "is no ELF file");
        require(file.get(4) == CLASS_64 && file.get(5) == LITTLE_ENDIAN, "is not a 64-bit little-endian library");
        require(file.getShort(16) == SHARED_OBJECT, "is no shared library");
        final int machine = Short.toUnsignedInt(file.getShort(18));
        require(
                machine == platform.elfMachine(),
                "is built for another processor: ELF machine " + machine + ", and " + platform + " is "
                        + platform.elfMachine());
    }

    /** The section headers come last in a file, so that they are the first that a truncated one lacks. */
    private void checkComplete() throws UnusableLibraryException {
        final int sections = Short.toUnsignedInt(file.getShort(60));
        final int sectionBytes = Short.toUnsignedInt(file.getShort(58));
        requireWithin("its section headers", file.getLong(40), (long) sections * sectionBytes);
        final long headers = file.getLong(32);
        final int segments = Short.toUnsignedInt(file.getShort(56));
        requireWithin("its program headers", headers, (long) segments * PROGRAM_HEADER_BYTES);
        for (int i = 0; i < segments; i++) {
            final int header = (int) headers + i * PROGRAM_HEADER_BYTES;
            if (file.getInt(header) == LOAD) {
                requireWithin("a segment", file.getLong(header + 8), file.getLong(header + 32));
            }
        }
    }

    private void requireWithin(final String what, final long offset, final long bytes) throws UnusableLibraryException {
        final boolean within = offset >= 0 && bytes >= 0 && bytes <= file.capacity() - offset;
        require(within, "is corrupt or truncated: " + what + " lies past its end");
    }

    private static void require(final boolean holds, final String reason) throws UnusableLibraryException {
        if (!holds) {
            throw new UnusableLibraryException(reason);
        }
    }
}
