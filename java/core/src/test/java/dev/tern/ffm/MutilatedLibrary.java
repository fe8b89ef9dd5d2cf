package dev.tern.ffm;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Copies of the library that are spoilt in one way each. */
final class MutilatedLibrary {
    private static final int SECTION_HEADER_BYTES = 64;
    private static final int SYMBOL_BYTES = 24;
    private static final int DYNAMIC_SYMBOLS = 11;
    private static final int X86_64 = 62;

    private final byte[] bytes;
    private final ByteBuffer file;

    MutilatedLibrary(final byte[] library) {
        bytes = library.clone();
        file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    byte[] bytes() {
        return bytes;
    }

    byte[] cutTo(final double part) {
        return Arrays.copyOf(bytes, (int) (bytes.length * part));
    }

    MutilatedLibrary ofMachine(final int machine) {
        file.putShort(18, (short) machine);
        return this;
    }

    /** As if {@code name} had never been exported: the last letter of its name becomes another. */
    MutilatedLibrary without(final String name) {
        bytes[(int) (nameOffset(name) + name.length() - 1)]++;
        return this;
    }

    /** Makes a function without arguments return {@code value}, in the first instructions of its code. */
    MutilatedLibrary returning(final String function, final int value) {
        final int code = (int) file.getLong((int) symbol(function) + 8);
        if (file.getShort(18) == X86_64) {
            file.put(code, (byte) 0xb8).putInt(code + 1, value).put(code + 5, (byte) 0xc3); // mov eax, value; ret
        } else {
            file.putInt(code, 0x5280_0000 | value << 5).putInt(code + 4, 0xd65f_03c0); // mov w0, value; ret
        }
        return this;
    }

    private long nameOffset(final String name) {
        final long symbols = dynamicSymbols();
        final long strings = sectionOffset(file.getInt((int) symbols + 40));
        return strings + file.getInt((int) symbol(name));
    }

    /** The offset of the entry in the table of dynamic symbols. */
    private long symbol(final String name) {
        final long header = dynamicSymbols();
        final long strings = sectionOffset(file.getInt((int) header + 40));
        final long table = file.getLong((int) header + 24);
        final long end = table + file.getLong((int) header + 32);
        for (long symbol = table; symbol < end; symbol += SYMBOL_BYTES) {
            if (stringAt(strings + file.getInt((int) symbol)).equals(name)) {
                return symbol;
            }
        }
        throw new AssertionError("the library exports no " + name);
    }

    private long dynamicSymbols() {
        final int sections = Short.toUnsignedInt(file.getShort(60));
        for (int i = 0; i < sections; i++) {
            final long header = file.getLong(40) + (long) i * SECTION_HEADER_BYTES;
            if (file.getInt((int) header + 4) == DYNAMIC_SYMBOLS) {
                return header;
            }
        }
        throw new AssertionError("the library has no dynamic symbols");
    }

    private long sectionOffset(final int index) {
        return file.getLong((int) file.getLong(40) + index * SECTION_HEADER_BYTES + 24);
    }

    private String stringAt(final long offset) {
        int end = (int) offset;
        while (bytes[end] != 0) {
            end++;
        }
        return new String(bytes, (int) offset, end - (int) offset, StandardCharsets.US_ASCII);
    }
}
