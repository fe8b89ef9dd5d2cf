package dev.tern.bench.peers;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.tern.bench.GemmType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** oneDNN's memory descriptors, to be closed where they came from. */
record OneDnnLayout(MemorySegment handle) implements AutoCloseable {

    static OneDnnLayout of(final GemmType.Element element, final long[] extents, final long[] strides) {
        try (Arena arena = Arena.ofConfined()) {
            return new OneDnnLayout(OneDnnLibrary.create(
                    OneDnnLibrary.LAYOUT_WITH_STRIDES,
                    extents.length,
                    arena.allocateFrom(JAVA_LONG, extents),
                    dataType(element),
                    arena.allocateFrom(JAVA_LONG, strides)));
        }
    }

    /** As the primitive likes it best. */
    static OneDnnLayout any(final GemmType.Element element, final long... extents) {
        try (Arena arena = Arena.ofConfined()) {
            return new OneDnnLayout(OneDnnLibrary.create(
                    OneDnnLibrary.LAYOUT_WITH_TAG,
                    extents.length,
                    arena.allocateFrom(JAVA_LONG, extents),
                    dataType(element),
                    OneDnnLibrary.ANY));
        }
    }

    @Override
    public void close() {
        OneDnnLibrary.call(OneDnnLibrary.LAYOUT_DESTROY, handle);
    }

    private static int dataType(final GemmType.Element element) {
        return switch (element) {
            case F32 -> OneDnnLibrary.F32;
            case BF16 -> OneDnnLibrary.BF16;
            case U8 -> OneDnnLibrary.U8;
            case S8 -> OneDnnLibrary.S8;
            case S32 -> OneDnnLibrary.S32;
            case S4, S2, B1 ->
                throw new IllegalArgumentException("element: got " + element + ", which no tensor here has");
        };
    }
}
