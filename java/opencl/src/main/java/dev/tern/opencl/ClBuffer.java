package dev.tern.opencl;

import java.lang.ref.Cleaner;
import org.jocl.Pointer;
import org.jocl.cl_mem;

/** Device memory: freed on demand, with its context, or when nothing refers to it any more. */
final class ClBuffer {
    private static final Cleaner CLEANER = Cleaner.create();

    private final ClContext context;
    private final cl_mem memory;
    private final Pointer pointer;
    private final long bytes;
    private final Cleaner.Cleanable cleanable;
    private boolean freed;

    ClBuffer(final ClContext context, final cl_mem memory, final long bytes) {
        this.context = context;
        this.memory = memory;
        this.bytes = bytes;
        pointer = Pointer.to(memory);
        cleanable = CLEANER.register(this, () -> context.release(memory));
    }

    ClContext context() {
        return context;
    }

    long bytes() {
        return bytes;
    }

    cl_mem memory() {
        requireAlive();
        return memory;
    }

    /** The memory as a kernel's argument. */
    Pointer pointer() {
        requireAlive();
        return pointer;
    }

    void free() {
        synchronized (context) {
            freed = true;
            cleanable.clean();
        }
    }

    private void requireAlive() {
        context.requireOpen();
        if (freed) {
            throw new IllegalStateException("storage closed");
        }
    }
}
