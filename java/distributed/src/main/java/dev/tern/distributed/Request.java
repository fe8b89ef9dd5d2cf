package dev.tern.distributed;

/** An operation of a {@link Communicator} that was started. */
public interface Request {
    /** Returns when it is done, to be called once; throws {@link CommunicatorException} when it cannot be. */
    void await();
}
