package dev.tern.distributed;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/**
 * The functions of MPI that ranks need, each held to its error code. Communicators are numbers. A call costs little
 * beside a message, so the method handles are fields and need not be constants. For the one thread that initialises
 * MPI.
 */
final class MpiCalls {
    /** MPI_THREAD_FUNNELED: only the thread that initialised MPI calls it. */
    private static final int THREAD_FUNNELED = 1;
    /** More than MPI_MAX_ERROR_STRING of any library. */
    private static final int ERROR_BYTES = 8192;

    private static final int TAG = 0;

    private final MpiLibrary library;
    private final MpiHandles mpi;
    private final MethodHandle initialise;
    private final MethodHandle finish;
    private final MethodHandle abort;
    private final MethodHandle rank;
    private final MethodHandle size;
    private final MethodHandle split;
    private final MethodHandle handleErrors;
    private final MethodHandle describe;
    private final MethodHandle allReduce;
    private final MethodHandle broadcast;
    private final MethodHandle allGather;
    private final MethodHandle allToAll;
    private final MethodHandle send;
    private final MethodHandle receive;
    private final MethodHandle barrier;
    private final MethodHandle test;
    private final MemorySegment inPlace;
    private final MemorySegment ignoreStatus;
    private final MemorySegment number = Arena.global().allocate(JAVA_INT);
    private final MemorySegment handle;

    /** Some call, which returns MPI's error code. */
    private interface Call {
        int code() throws Throwable;
    }

    MpiCalls(final MpiLibrary library) {
        this.library = library;
        mpi = MpiHandles.of(library);
        inPlace = MemorySegment.ofAddress(mpi.inPlace());
        ignoreStatus = MemorySegment.ofAddress(mpi.ignoreStatus());
        final ValueLayout layout = mpi.layout();
        handle = Arena.global().allocate(layout);
        final MemoryLayout[] exchange = {ADDRESS, JAVA_INT, layout, ADDRESS, JAVA_INT, layout, layout, ADDRESS};
        final MemoryLayout[] message = {ADDRESS, JAVA_INT, layout, JAVA_INT, JAVA_INT, layout, ADDRESS};
        initialise = function("MPI_Init_thread", ADDRESS, ADDRESS, JAVA_INT, ADDRESS);
        finish = function("MPI_Finalize");
        abort = function("MPI_Abort", layout, JAVA_INT);
        rank = function("MPI_Comm_rank", layout, ADDRESS);
        size = function("MPI_Comm_size", layout, ADDRESS);
        split = function("MPI_Comm_split", layout, JAVA_INT, JAVA_INT, ADDRESS);
        handleErrors = function("MPI_Comm_set_errhandler", layout, layout);
        describe = function("MPI_Error_string", JAVA_INT, ADDRESS, ADDRESS);
        allReduce = function("MPI_Iallreduce", ADDRESS, ADDRESS, JAVA_INT, layout, layout, layout, ADDRESS);
        broadcast = function("MPI_Ibcast", ADDRESS, JAVA_INT, layout, JAVA_INT, layout, ADDRESS);
        allGather = function("MPI_Iallgather", exchange);
        allToAll = function("MPI_Ialltoall", exchange);
        send = function("MPI_Isend", message);
        receive = function("MPI_Irecv", message);
        barrier = function("MPI_Ibarrier", layout, ADDRESS);
        test = function("MPI_Test", ADDRESS, ADDRESS, ADDRESS);
    }

    /** Takes every handle as a long, whatever it is in this library. */
    private MethodHandle function(final String name, final MemoryLayout... arguments) {
        final MethodHandle function = library.function(name, arguments);
        MethodType type = function.type();
        for (int i = 0; i < arguments.length; i++) {
            if (arguments[i].equals(mpi.layout())) {
                type = type.changeParameterType(i, long.class);
            }
        }
        return MethodHandles.explicitCastArguments(function, type);
    }

    /** From then on, errors come back as codes; before, the library ends the process with its own message. */
    void initialise() {
        final MemorySegment none = MemorySegment.NULL;
        check("MPI_Init_thread", () -> (int) initialise.invokeExact(none, none, THREAD_FUNNELED, number));
        final int provided = number.get(JAVA_INT, 0);
        if (provided < THREAD_FUNNELED) {
            throw new CommunicatorException(library + " was built without support for threads");
        }
        check("MPI_Comm_set_errhandler", () -> (int) handleErrors.invokeExact(mpi.world(), mpi.errorsReturn()));
    }

    void finish() {
        check("MPI_Finalize", () -> (int) finish.invokeExact());
    }

    /** Ends all processes of the job, this one too. */
    void abort(final int status) {
        check("MPI_Abort", () -> (int) abort.invokeExact(mpi.world(), status));
    }

    int rank(final long communicator) {
        check("MPI_Comm_rank", () -> (int) rank.invokeExact(communicator, number));
        return number.get(JAVA_INT, 0);
    }

    int size(final long communicator) {
        check("MPI_Comm_size", () -> (int) size.invokeExact(communicator, number));
        return number.get(JAVA_INT, 0);
    }

    /** MPI_COMM_WORLD. */
    long world() {
        return mpi.world();
    }

    /** A communicator of those that name the same {@code color}, in the order of their ranks; waits for all. */
    long split(final long communicator, final int color) {
        check("MPI_Comm_split", () -> (int) split.invokeExact(communicator, color, 0, handle));
        return mpi.read(handle);
    }

    /** {@code request} is where MPI keeps its own, here and below. */
    void allReduce(final MemorySegment sums, final long communicator, final MemorySegment request) {
        final int count = count(sums, Float.BYTES);
        check("MPI_Iallreduce", () ->
                (int) allReduce.invokeExact(inPlace, sums, count, mpi.floats(), mpi.sum(), communicator, request));
    }

    void broadcast(final MemorySegment values, final int root, final long communicator, final MemorySegment request) {
        final int count = count(values, 1);
        check("MPI_Ibcast", () -> (int) broadcast.invokeExact(values, count, mpi.bytes(), root, communicator, request));
    }

    void allGather(
            final MemorySegment mine, final MemorySegment all, final long communicator, final MemorySegment request) {
        final int count = count(mine, 1);
        check("MPI_Iallgather", () ->
                (int) allGather.invokeExact(mine, count, mpi.bytes(), all, count, mpi.bytes(), communicator, request));
    }

    void allToAll(
            final MemorySegment sent,
            final MemorySegment received,
            final int ranks,
            final long communicator,
            final MemorySegment request) {
        final int count = count(sent, ranks);
        check("MPI_Ialltoall", () -> (int)
                allToAll.invokeExact(sent, count, mpi.bytes(), received, count, mpi.bytes(), communicator, request));
    }

    void send(final MemorySegment values, final int to, final long communicator, final MemorySegment request) {
        final int count = count(values, 1);
        check("MPI_Isend", () -> (int) send.invokeExact(values, count, mpi.bytes(), to, TAG, communicator, request));
    }

    void receive(final MemorySegment values, final int from, final long communicator, final MemorySegment request) {
        final int count = count(values, 1);
        check("MPI_Irecv", () ->
                (int) receive.invokeExact(values, count, mpi.bytes(), from, TAG, communicator, request));
    }

    void barrier(final long communicator, final MemorySegment request) {
        check("MPI_Ibarrier", () -> (int) barrier.invokeExact(communicator, request));
    }

    /** Lets all operations make progress, and tells whether that one is done. */
    boolean test(final MemorySegment request) {
        check("MPI_Test", () -> (int) test.invokeExact(request, number, ignoreStatus));
        return number.get(JAVA_INT, 0) != 0;
    }

    private static int count(final MemorySegment memory, final int unit) {
        final long count = memory.byteSize() / unit;
        Operands.require(count <= Integer.MAX_VALUE, "tensor", memory.byteSize() + " bytes", "a count of 31 bits");
        return (int) count;
    }

    private void check(final String function, final Call call) {
        final int code;
        try {
            code = call.code();
        } catch (final Throwable e) {
            throw new AssertionError(function, e);
        }
        if (code != 0) {
            throw new CommunicatorException(function + ": " + describe(code));
        }
    }

    private String describe(final int code) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment chars = arena.allocate(ERROR_BYTES);
            final int failed = (int) describe.invokeExact(code, chars, number);
            return failed != 0 ? "error " + code : chars.getString(0).strip();
        } catch (final Throwable e) {
            throw new AssertionError(e);
        }
    }
}
