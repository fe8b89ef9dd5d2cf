package dev.tern.bench.peers;

import static dev.tern.bench.peers.OneDnnLibrary.call;
import static dev.tern.bench.peers.OneDnnLibrary.check;
import static dev.tern.bench.peers.OneDnnLibrary.create;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.tern.bench.GemmCase;
import dev.tern.bench.GemmInputs;
import dev.tern.bench.GemmType;
import dev.tern.bench.Prepared;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * One {@code matmul} with its arguments bound. Packed weights are reordered once into the layout that oneDNN asks for
 * when it is offered {@code any}; operands given at run time keep their plain layout, transposition being a matter of
 * strides.
 */
final class OneDnnMatmul implements Prepared {

    private static final MemorySegment NONE = MemorySegment.NULL;
    private static final long ALIGNMENT = 64;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment engine;
    private final MemorySegment stream;
    private final MemorySegment output;
    private final MemorySegment description;
    private final MemorySegment matmul;
    private final MemorySegment a;
    private final MemorySegment b;
    private final MemorySegment y;
    private final MemorySegment arguments;
    private final int argumentCount;

    OneDnnMatmul(final MemorySegment engine, final MemorySegment stream, final GemmCase gemm, final GemmInputs inputs) {
        this.engine = engine;
        this.stream = stream;
        this.output = arena.allocate(gemm.bytesY(), ALIGNMENT);

        final GemmType type = gemm.type();
        final MemorySegment plainA = plain(gemm.m(), gemm.k(), type.a(), type.isTransposedA());
        final MemorySegment plainB = plain(gemm.k(), gemm.n(), type.b(), type.isTransposedB());
        final MemorySegment plainY = plain(gemm.m(), gemm.n(), type.y(), false);
        final MemorySegment offeredB = type.isPacked() ? any(gemm.k(), gemm.n(), type.b()) : plainB;
        this.description = create(OneDnnLibrary.MATMUL_DESCRIBE, engine, plainA, offeredB, NONE, plainY, NONE);
        this.matmul = create(OneDnnLibrary.PRIMITIVE_CREATE, description);

        this.a = memory(plainA, inputs.a());
        this.b = type.isPacked() ? reordered(plainB, inputs.b()) : memory(plainB, inputs.b());
        this.y = memory(plainY, output);
        this.arguments = arena.allocate(3 * OneDnnLibrary.ARGUMENT_BYTES, ALIGNMENT);
        this.argumentCount = 3;
        bind(arguments, 0, OneDnnLibrary.SRC, a);
        bind(arguments, 1, OneDnnLibrary.WEIGHTS, b);
        bind(arguments, 2, OneDnnLibrary.DST, y);
        call(OneDnnLibrary.LAYOUT_DESTROY, plainA);
        call(OneDnnLibrary.LAYOUT_DESTROY, plainB);
        call(OneDnnLibrary.LAYOUT_DESTROY, plainY);
        if (type.isPacked()) {
            call(OneDnnLibrary.LAYOUT_DESTROY, offeredB);
        }
    }

    /** oneDNN's name of the implementation, for example {@code brg_matmul:avx10_1_512_amx}. */
    @Override
    public String kernel() {
        final MemorySegment name = arena.allocate(ADDRESS);
        call(OneDnnLibrary.DESCRIPTION_QUERY, description, OneDnnLibrary.IMPLEMENTATION, 0, name);
        return name.get(ADDRESS, 0).reinterpret(Long.MAX_VALUE).getString(0);
    }

    @Override
    public void run() {
        execute(matmul, arguments, argumentCount);
    }

    @Override
    public MemorySegment output() {
        return output;
    }

    @Override
    public void close() {
        call(OneDnnLibrary.MEMORY_DESTROY, a);
        call(OneDnnLibrary.MEMORY_DESTROY, b);
        call(OneDnnLibrary.MEMORY_DESTROY, y);
        call(OneDnnLibrary.PRIMITIVE_DESTROY, matmul);
        call(OneDnnLibrary.DESCRIPTION_DESTROY, description);
        arena.close();
    }

    private MemorySegment reordered(final MemorySegment plain, final MemorySegment weights) {
        final MemorySegment wanted = layoutOfWeights();
        final MemorySegment from = memory(plain, weights);
        final MemorySegment to = memory(wanted, arena.allocate(size(wanted), ALIGNMENT));
        final MemorySegment reorder = create(OneDnnLibrary.REORDER_DESCRIBE, plain, engine, wanted, engine, NONE);
        final MemorySegment primitive = create(OneDnnLibrary.PRIMITIVE_CREATE, reorder);
        final MemorySegment bound = arena.allocate(2 * OneDnnLibrary.ARGUMENT_BYTES, ALIGNMENT);
        bind(bound, 0, OneDnnLibrary.SRC, from);
        bind(bound, 1, OneDnnLibrary.DST, to);
        execute(primitive, bound, 2);
        call(OneDnnLibrary.PRIMITIVE_DESTROY, primitive);
        call(OneDnnLibrary.DESCRIPTION_DESTROY, reorder);
        call(OneDnnLibrary.MEMORY_DESTROY, from);
        return to;
    }

    private void execute(final MemorySegment primitive, final MemorySegment bound, final int count) {
        try {
            check((int) OneDnnLibrary.PRIMITIVE_EXECUTE.invokeExact(primitive, stream, count, bound));
            check((int) OneDnnLibrary.STREAM_WAIT.invokeExact(stream));
        } catch (final RuntimeException | Error e) {
            throw e;
        } catch (final Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /** Owned by the description. */
    private MemorySegment layoutOfWeights() {
        try {
            return (MemorySegment)
                    OneDnnLibrary.DESCRIPTION_QUERY_LAYOUT.invokeExact(description, OneDnnLibrary.WEIGHTS_LAYOUT, 0);
        } catch (final Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    private static long size(final MemorySegment layout) {
        try {
            return (long) OneDnnLibrary.LAYOUT_SIZE.invokeExact(layout);
        } catch (final Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    private MemorySegment memory(final MemorySegment layout, final MemorySegment bytes) {
        return create(OneDnnLibrary.MEMORY_CREATE, layout, engine, bytes);
    }

    private static void bind(
            final MemorySegment arguments, final int index, final int number, final MemorySegment memory) {
        final long at = index * OneDnnLibrary.ARGUMENT_BYTES;
        arguments.set(JAVA_INT, at, number);
        arguments.set(ADDRESS, at + OneDnnLibrary.ARGUMENT_MEMORY, memory);
    }

    private MemorySegment plain(
            final long rows, final long columns, final GemmType.Element element, final boolean transposed) {
        final MemorySegment extents = arena.allocateFrom(JAVA_LONG, rows, columns);
        final MemorySegment strides =
                transposed ? arena.allocateFrom(JAVA_LONG, 1, rows) : arena.allocateFrom(JAVA_LONG, columns, 1);
        return create(OneDnnLibrary.LAYOUT_WITH_STRIDES, 2, extents, dataType(element), strides);
    }

    private MemorySegment any(final long rows, final long columns, final GemmType.Element element) {
        final MemorySegment extents = arena.allocateFrom(JAVA_LONG, rows, columns);
        return create(OneDnnLibrary.LAYOUT_WITH_TAG, 2, extents, dataType(element), OneDnnLibrary.ANY);
    }

    private static int dataType(final GemmType.Element element) {
        return switch (element) {
            case F32 -> OneDnnLibrary.F32;
            case U8 -> OneDnnLibrary.U8;
            case S8 -> OneDnnLibrary.S8;
            case S32 -> OneDnnLibrary.S32;
            case S4, S2, B1 ->
                throw new IllegalArgumentException("element: got " + element + ", which no tensor here has");
        };
    }
}
