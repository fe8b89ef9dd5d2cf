package dev.tern.distributed;

import dev.tern.DataType;
import dev.tern.Shape;
import dev.tern.Tensor;
import dev.tern.distributed.Meeting.Kind;
import dev.tern.distributed.Meeting.Part;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.Consumer;

/** A rank that is a thread. */
final class InProcessCommunicator implements Communicator {
    private final Group group;
    private final int rank;
    private final float[] sums = new float[Meeting.BLOCK];
    private final float[] terms = new float[Meeting.BLOCK];
    private long operations;

    InProcessCommunicator(final Group group, final int rank) {
        this.group = group;
        this.rank = rank;
    }

    void run(final Consumer<Communicator> work) {
        try {
            work.accept(this);
        } catch (final RuntimeException | Error thrown) {
            group.fail("rank %d of %d: %s".formatted(rank, size(), thrown), thrown);
        }
    }

    @Override
    public int rank() {
        return rank;
    }

    @Override
    public int size() {
        return group.size();
    }

    @Override
    public Request startAllReduce(final Tensor sums) {
        final MemorySegment memory = Operands.floats("sums", sums);
        return start(Kind.ALL_REDUCE, 0, memory, memory);
    }

    @Override
    public Request startBroadcast(final Tensor values, final int root) {
        final MemorySegment memory = Operands.memory("values", values);
        Operands.requireRank("root", root, size());
        return start(Kind.BROADCAST, root, memory, memory);
    }

    @Override
    public Request startAllGather(final Tensor mine, final Tensor all) {
        final MemorySegment sent = Operands.memory("mine", mine);
        final MemorySegment received = Operands.memory("all", all);
        Operands.requireBytes("all", received, sent.byteSize() * size());
        return start(Kind.ALL_GATHER, 0, sent, received);
    }

    @Override
    public Request startAllToAll(final Tensor sent, final Tensor received) {
        final MemorySegment from = Operands.memory("sent", sent);
        final MemorySegment to = Operands.memory("received", received);
        Operands.requireParts("sent", from, size());
        Operands.requireBytes("received", to, from.byteSize());
        return start(Kind.ALL_TO_ALL, 0, from, to);
    }

    @Override
    public Request startBarrier() {
        return start(Kind.BARRIER, 0, MemorySegment.NULL, MemorySegment.NULL);
    }

    @Override
    public Communicator split(final int color) {
        Operands.require(color >= 0, "color", color, "at least 0");
        final Tensor mine = Tensor.allocate(DataType.S32, Shape.of(1));
        mine.segment().set(ValueLayout.JAVA_INT, 0, color);
        final Tensor colors = Tensor.allocate(DataType.S32, Shape.of(size()));
        allGather(mine, colors);
        int members = 0;
        int before = 0;
        for (int other = 0; other < size(); other++) {
            final boolean same = colors.integerAt(other) == color;
            members += same ? 1 : 0;
            before += same && other < rank ? 1 : 0;
        }
        return new InProcessCommunicator(group.child(operations, color, members), before);
    }

    private Request start(final Kind kind, final int root, final MemorySegment sent, final MemorySegment received) {
        final Meeting meeting = group.join(operations++, rank, new Part(kind, root, sent, received));
        return () -> {
            group.await(meeting::isComplete);
            if (meeting.work(sums, terms)) {
                group.wake();
            }
            group.await(meeting::isDone);
        };
    }

    @Override
    public Request startSend(final Tensor values, final int to) {
        final MemorySegment memory = Operands.memory("values", values);
        Operands.requirePeer("to", to, this);
        final Mailbox.End sender = group.send(rank, to, new Mailbox.End(memory));
        return () -> group.await(sender::isDone);
    }

    @Override
    public Request startReceive(final Tensor values, final int from) {
        final MemorySegment memory = Operands.memory("values", values);
        Operands.requirePeer("from", from, this);
        final Mailbox.End receiver = group.receive(from, rank, new Mailbox.End(memory));
        return () -> group.await(receiver::isDone);
    }

    @Override
    public void abort(final String reason) {
        final String told = "rank %d of %d: %s".formatted(rank, size(), reason);
        group.fail(told, null);
        throw new CommunicatorException(told);
    }

    /** Nothing to leave: the job ends with its threads. */
    @Override
    public void close() {}
}
