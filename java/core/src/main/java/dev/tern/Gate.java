package dev.tern;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;

/** Lets runs in until it is closed; closing waits for those inside. */
final class Gate {
    private static final long CLOSED = 1L << 62;
    private static final long PAUSE_NANOS = 20_000;
    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(Gate.class, "state", long.class);
        } catch (final ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final String what;
    private volatile long state; // runs inside, plus CLOSED

    Gate(final String what) {
        this.what = what;
    }

    void enter() {
        if ((long) STATE.getAndAdd(this, 1L) >= CLOSED) {
            leave();
            throw new IllegalStateException(what + " closed");
        }
    }

    void leave() {
        STATE.getAndAdd(this, -1L);
    }

    boolean isClosed() {
        return state >= CLOSED;
    }

    /** Returns true once, to the caller that closed it, when no run is inside any more. */
    boolean close() {
        if ((long) STATE.getAndBitwiseOr(this, CLOSED) >= CLOSED) {
            return false;
        }
        while (state != CLOSED) {
            LockSupport.parkNanos(PAUSE_NANOS);
        }
        return true;
    }
}
