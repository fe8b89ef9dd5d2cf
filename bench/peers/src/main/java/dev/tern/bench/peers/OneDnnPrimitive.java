package dev.tern.bench.peers;

import static dev.tern.bench.peers.OneDnnLibrary.call;
import static dev.tern.bench.peers.OneDnnLibrary.check;
import static dev.tern.bench.peers.OneDnnLibrary.create;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.tern.bench.Prepared;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * A primitive with its arguments bound. Packed weights are reordered once into the layout that oneDNN asked for when it
 * was offered {@code any}; all else keeps its plain layout, transposition being a matter of strides.
 */
final class OneDnnPrimitive implements Prepared {

    private static final MemorySegment NONE = MemorySegment.NULL;
    private static final long ALIGNMENT = 64;
    private static final int MOST_ARGUMENTS = 5;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment engine;
    private final MemorySegment stream;
    private final MemorySegment description;
    private final MemorySegment primitive;
    private final MemorySegment output;
    private final MemorySegment arguments = arena.allocate(MOST_ARGUMENTS * OneDnnLibrary.ARGUMENT_BYTES, ALIGNMENT);
    private final List<MemorySegment> memories = new ArrayList<>();

    /** @param description of the primitive, from here on owned by it */
    OneDnnPrimitive(
            final MemorySegment engine,
            final MemorySegment stream,
            final MemorySegment description,
            final long outputBytes) {
        this.engine = engine;
        this.stream = stream;
        this.description = description;
        this.primitive = create(OneDnnLibrary.PRIMITIVE_CREATE, description);
        this.output = arena.allocate(outputBytes, ALIGNMENT);
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
        execute(primitive, arguments, memories.size());
    }

    @Override
    public MemorySegment output() {
        return output;
    }

    @Override
    public void close() {
        memories.forEach(memory -> call(OneDnnLibrary.MEMORY_DESTROY, memory));
        call(OneDnnLibrary.PRIMITIVE_DESTROY, primitive);
        call(OneDnnLibrary.DESCRIPTION_DESTROY, description);
        arena.close();
    }

    void bind(final int number, final OneDnnLayout layout, final MemorySegment bytes) {
        add(number, memory(layout.handle(), bytes));
    }

    void bindOutput(final OneDnnLayout layout) {
        bind(OneDnnLibrary.DST, layout, output);
    }

    void bindFloats(final int number, final OneDnnLayout layout, final float... values) {
        bind(number, layout, arena.allocateFrom(JAVA_FLOAT, values));
    }

    /** Weights as the primitive wants them. */
    void bindReordered(final OneDnnLayout plain, final MemorySegment weights) {
        bindReordered(OneDnnLibrary.WEIGHTS, plain, weights);
    }

    void bindReordered(final int number, final OneDnnLayout plain, final MemorySegment weights) {
        final MemorySegment wanted = layoutOfWeights(number - OneDnnLibrary.WEIGHTS);
        final MemorySegment from = memory(plain.handle(), weights);
        final MemorySegment to = memory(wanted, arena.allocate(size(wanted), ALIGNMENT));
        final MemorySegment reorder =
                create(OneDnnLibrary.REORDER_DESCRIBE, plain.handle(), engine, wanted, engine, NONE);
        final MemorySegment reordering = create(OneDnnLibrary.PRIMITIVE_CREATE, reorder);
        final MemorySegment bound = arena.allocate(2 * OneDnnLibrary.ARGUMENT_BYTES, ALIGNMENT);
        set(bound, 0, OneDnnLibrary.SRC, from);
        set(bound, 1, OneDnnLibrary.DST, to);
        execute(reordering, bound, 2);
        call(OneDnnLibrary.PRIMITIVE_DESTROY, reordering);
        call(OneDnnLibrary.DESCRIPTION_DESTROY, reorder);
        call(OneDnnLibrary.MEMORY_DESTROY, from);
        add(number, to);
    }

    private void add(final int number, final MemorySegment memory) {
        set(arguments, memories.size(), number, memory);
        memories.add(memory);
    }

    private static void set(final MemorySegment bound, final int index, final int number, final MemorySegment memory) {
        final long at = index * OneDnnLibrary.ARGUMENT_BYTES;
        bound.set(JAVA_INT, at, number);
        bound.set(ADDRESS, at + OneDnnLibrary.ARGUMENT_MEMORY, memory);
    }

    private void execute(final MemorySegment what, final MemorySegment bound, final int count) {
        try {
            check((int) OneDnnLibrary.PRIMITIVE_EXECUTE.invokeExact(what, stream, count, bound));
            check((int) OneDnnLibrary.STREAM_WAIT.invokeExact(stream));
        } catch (final RuntimeException | Error e) {
            throw e;
        } catch (final Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    private MemorySegment memory(final MemorySegment layout, final MemorySegment bytes) {
        return create(OneDnnLibrary.MEMORY_CREATE, layout, engine, bytes);
    }

    /** Owned by the description. */
    private MemorySegment layoutOfWeights(final int index) {
        try {
            return (MemorySegment) OneDnnLibrary.DESCRIPTION_QUERY_LAYOUT.invokeExact(
                    description, OneDnnLibrary.WEIGHTS_LAYOUT, index);
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
}
