package dev.tern.distributed;

import dev.tern.Tensor;
import java.lang.foreign.MemorySegment;

/** A rank that is a process of MPI. */
final class MpiCommunicator implements Communicator {
    private final MpiCalls mpi;
    private final MpiThread thread;
    private final boolean ofSome;
    private long communicator;
    private int rank;
    private int size;

    /** All ranks of the job. */
    MpiCommunicator(final MpiCalls mpi) {
        this(mpi, new MpiThread(mpi), false);
        thread.call(() -> {
            mpi.initialise();
            take(mpi.world());
        });
    }

    private MpiCommunicator(final MpiCalls mpi, final MpiThread thread, final boolean ofSome) {
        this.mpi = mpi;
        this.thread = thread;
        this.ofSome = ofSome;
    }

    private void take(final long handle) {
        communicator = handle;
        rank = mpi.rank(handle);
        size = mpi.size(handle);
    }

    @Override
    public Communicator split(final int color) {
        Operands.require(color >= 0, "color", color, "at least 0");
        final MpiCommunicator some = new MpiCommunicator(mpi, thread, true);
        thread.call(() -> some.take(mpi.split(communicator, color)));
        return some;
    }

    @Override
    public int rank() {
        return rank;
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public Request startAllReduce(final Tensor sums) {
        final MemorySegment memory = Operands.floats("sums", sums);
        return thread.start(handle -> mpi.allReduce(memory, communicator, handle));
    }

    @Override
    public Request startBroadcast(final Tensor values, final int root) {
        final MemorySegment memory = Operands.memory("values", values);
        Operands.requireRank("root", root, size);
        return thread.start(handle -> mpi.broadcast(memory, root, communicator, handle));
    }

    @Override
    public Request startAllGather(final Tensor mine, final Tensor all) {
        final MemorySegment sent = Operands.memory("mine", mine);
        final MemorySegment received = Operands.memory("all", all);
        Operands.requireBytes("all", received, sent.byteSize() * size);
        return thread.start(handle -> mpi.allGather(sent, received, communicator, handle));
    }

    @Override
    public Request startAllToAll(final Tensor sent, final Tensor received) {
        final MemorySegment from = Operands.memory("sent", sent);
        final MemorySegment to = Operands.memory("received", received);
        Operands.requireParts("sent", from, size);
        Operands.requireBytes("received", to, from.byteSize());
        return thread.start(handle -> mpi.allToAll(from, to, size, communicator, handle));
    }

    @Override
    public Request startSend(final Tensor values, final int to) {
        final MemorySegment memory = Operands.memory("values", values);
        Operands.requirePeer("to", to, this);
        return thread.start(handle -> mpi.send(memory, to, communicator, handle));
    }

    @Override
    public Request startReceive(final Tensor values, final int from) {
        final MemorySegment memory = Operands.memory("values", values);
        Operands.requirePeer("from", from, this);
        return thread.start(handle -> mpi.receive(memory, from, communicator, handle));
    }

    @Override
    public Request startBarrier() {
        return thread.start(handle -> mpi.barrier(communicator, handle));
    }

    /**
     * Never returns. Should MPI not end this process, it ends itself, which its mpirun takes for the end of the job.
     */
    @Override
    public void abort(final String reason) {
        System.err.printf("tern: rank %d of %d ends the job: %s%n", rank, size, reason);
        System.err.flush();
        Thread.ofPlatform().daemon().start(Mpi::endSoon);
        thread.call(() -> mpi.abort(1));
        Runtime.getRuntime().halt(1);
    }

    @Override
    public void close() {
        if (ofSome) {
            return; // MPI ends it with the job
        }
        thread.call(mpi::finish);
        thread.close();
    }
}
