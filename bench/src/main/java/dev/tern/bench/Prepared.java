package dev.tern.bench;

import java.lang.foreign.MemorySegment;

/** A problem ready to be timed: everything that can be done before the call has been done. */
public interface Prepared extends AutoCloseable {

    /** What the library says it chose, for the results' {@code kernel} column. */
    String kernel();

    /** One multiplication; the result is complete when it returns. */
    void run();

    /** The dense row-major result of the last run, to be read before {@link #close()}. */
    MemorySegment output();

    @Override
    void close();
}
