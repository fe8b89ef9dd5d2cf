package dev.tern.distributed;

import dev.tern.Tensor;

/**
 * What joins the ranks of one job, be they threads ({@link InProcess}) or processes ({@link Mpi}).
 *
 * <p>An operation that is started goes on beside the caller, and its tensors are the communicator's until its
 * {@link Request} has been awaited. All ranks start the operations in which all take part in one order; messages from
 * one rank to another arrive in the order in which they were sent. Tensors have no gaps and lie in native host memory.
 * Each rank has a communicator of its own, for one thread at a time.
 *
 * <p>Whatever ends the job, a rank that aborts or a connection that breaks, reaches those that wait as a
 * {@link CommunicatorException}, or as the end of their process.
 */
public interface Communicator extends AutoCloseable {
    /** The number of this rank, from 0. */
    int rank();

    int size();

    /** Puts in the place of each F32 element the sum of those of all ranks: the same bits on each of them. */
    Request startAllReduce(Tensor sums);

    /** Copies a tensor of rank {@code root} to those of all others, of any type. */
    Request startBroadcast(Tensor values, int root);

    /** Puts the tensors of all ranks side by side, in their order, on each of them. */
    Request startAllGather(Tensor mine, Tensor all);

    /** Takes part {@code i} of as many equal parts as there are ranks to rank {@code i}, from which it gets one. */
    Request startAllToAll(Tensor sent, Tensor received);

    /** Done when the tensor may be written again, whether or not it has been received. */
    Request startSend(Tensor values, int to);

    /** Receives as many bytes as the sender sends. */
    Request startReceive(Tensor values, int from);

    /** Done when all ranks have started it. */
    Request startBarrier();

    /** Of the ranks that name the same color, from 0 on, in their order; all call it. It ends with this one. */
    Communicator split(int color);

    default void allReduce(final Tensor sums) {
        startAllReduce(sums).await();
    }

    default void broadcast(final Tensor values, final int root) {
        startBroadcast(values, root).await();
    }

    default void allGather(final Tensor mine, final Tensor all) {
        startAllGather(mine, all).await();
    }

    default void send(final Tensor values, final int to) {
        startSend(values, to).await();
    }

    default void receive(final Tensor values, final int from) {
        startReceive(values, from).await();
    }

    default void barrier() {
        startBarrier().await();
    }

    /** Whether this is the rank that alone writes files and talks to the user. */
    default boolean isFirst() {
        return rank() == 0;
    }

    /** Ends the whole job, at once, with the reason. Of processes, this one too. */
    void abort(String reason);

    /** Leaves the job in good order, once all ranks do. */
    @Override
    void close();
}
