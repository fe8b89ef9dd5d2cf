package dev.tern.opencl;

import dev.tern.Memory;
import dev.tern.Transfers;
import java.lang.foreign.MemorySegment;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.cl_command_queue;
import org.jocl.cl_context;
import org.jocl.cl_context_properties;
import org.jocl.cl_device_id;
import org.jocl.cl_event;
import org.jocl.cl_mem;

/**
 * One device of one engine: its context, its in-order queue, its program and its memory.
 *
 * <p>Whoever sets arguments, enqueues or frees holds this object's monitor, for no longer than that takes; whoever
 * waits for an event does not. Commands run in the order in which they were enqueued, so the scratch of one run is safe
 * from the next one's, and OpenCL keeps freed memory until the commands that use it have ended.
 */
final class ClContext {
    /** Scratch that all runs share. */
    enum Scratch {
        A,
        B,
        Y,
        ROW_PANELS,
        ROW_SUMS,
        COLUMN_PANELS,
        SEEDS
    }

    private static final long LARGEST_COPY = 1L << 30; // a ByteBuffer holds less than 2 GiB

    private final ClDevice device;
    private final Memory hostMemory;
    private final Transfers transfers;
    private final cl_context context;
    private final cl_command_queue queue;
    private final Set<cl_mem> allocated = new HashSet<>();
    private final Map<Scratch, ClBuffer> scratch = new EnumMap<>(Scratch.class);
    private ClProgram program;
    private boolean closed;

    @SuppressWarnings("deprecation") // the call that replaces clCreateCommandQueue needs OpenCL 2.0
    ClContext(final ClDevice device, final Memory hostMemory, final Transfers transfers) {
        this.device = device;
        this.hostMemory = hostMemory;
        this.transfers = transfers;
        final int[] status = new int[1];
        final var properties = new cl_context_properties();
        properties.addProperty(CL.CL_CONTEXT_PLATFORM, device.platform());
        context = CL.clCreateContext(properties, 1, new cl_device_id[] {device.id()}, null, null, status);
        OpenClException.check(status[0], "clCreateContext");
        queue = CL.clCreateCommandQueue(context, device.id(), 0, status);
        OpenClException.check(status[0], "clCreateCommandQueue");
    }

    ClDevice device() {
        return device;
    }

    Memory hostMemory() {
        return hostMemory;
    }

    Transfers transfers() {
        return transfers;
    }

    cl_context handle() {
        return context;
    }

    cl_command_queue queue() {
        return queue;
    }

    /** Built when first needed. */
    synchronized ClProgram program() {
        requireOpen();
        if (program == null) {
            program = ClProgram.build(this);
        }
        return program;
    }

    synchronized ClBuffer allocate(final long bytes) {
        requireOpen();
        final int[] status = new int[1];
        final cl_mem memory = CL.clCreateBuffer(context, CL.CL_MEM_READ_WRITE, Math.max(bytes, 1), null, status);
        OpenClException.check(status[0], "clCreateBuffer of " + bytes + " bytes on " + device.device());
        allocated.add(memory);
        return new ClBuffer(this, memory, bytes);
    }

    /** A buffer with what an array holds. */
    ClBuffer upload(final MemorySegment values) {
        final ClBuffer buffer = allocate(values.byteSize());
        new ClStorage(buffer).write(0, values);
        return buffer;
    }

    synchronized void release(final cl_mem memory) {
        if (allocated.remove(memory)) {
            CL.clReleaseMemObject(memory);
        }
    }

    /** A buffer of at least {@code bytes}, for commands that are enqueued before the monitor is left. */
    ClBuffer scratch(final Scratch use, final long bytes) {
        requireMonitor();
        final ClBuffer held = scratch.get(use);
        if (held != null && held.bytes() >= bytes) {
            return held;
        }
        if (held != null) {
            held.free();
        }
        final ClBuffer grown = allocate(bytes);
        scratch.put(use, grown);
        return grown;
    }

    /** Enqueues a copy from native memory, which has to stay as it is until the event; null where there is nothing. */
    cl_event enqueueWrite(final ClBuffer target, final long offset, final MemorySegment source) {
        requireMonitor();
        cl_event event = null;
        for (long at = 0; at < source.byteSize(); at += LARGEST_COPY) {
            final MemorySegment part = part(source, at);
            event = next(event);
            OpenClException.check(
                    CL.clEnqueueWriteBuffer(
                            queue, target.memory(), false, offset + at, part.byteSize(), pointer(part), 0, null, event),
                    "clEnqueueWriteBuffer");
            transfers.countToDevice(device.device(), part.byteSize());
        }
        return event;
    }

    /** Enqueues a copy to native memory; null where there is nothing to wait for. */
    cl_event enqueueRead(final ClBuffer source, final long offset, final MemorySegment target) {
        requireMonitor();
        cl_event event = null;
        for (long at = 0; at < target.byteSize(); at += LARGEST_COPY) {
            final MemorySegment part = part(target, at);
            event = next(event);
            OpenClException.check(
                    CL.clEnqueueReadBuffer(
                            queue, source.memory(), false, offset + at, part.byteSize(), pointer(part), 0, null, event),
                    "clEnqueueReadBuffer");
            transfers.countToHost(device.device(), part.byteSize());
        }
        return event;
    }

    /** Waits outside of the monitor, and frees the event. */
    static void await(final cl_event event) {
        if (event != null) {
            final int status = CL.clWaitForEvents(1, new cl_event[] {event});
            CL.clReleaseEvent(event);
            OpenClException.check(status, "clWaitForEvents");
        }
    }

    /** Frees an event that another one stands for. */
    static void forget(final cl_event event) {
        if (event != null) {
            CL.clReleaseEvent(event);
        }
    }

    /** Sends what was enqueued on its way. */
    void flush() {
        requireMonitor();
        OpenClException.check(CL.clFlush(queue), "clFlush");
    }

    /** Waits for all commands, then frees everything. */
    synchronized void close() {
        if (closed) {
            return;
        }
        CL.clFinish(queue);
        closed = true;
        scratch.clear();
        allocated.forEach(CL::clReleaseMemObject);
        allocated.clear();
        if (program != null) {
            program.release();
        }
        CL.clReleaseCommandQueue(queue);
        CL.clReleaseContext(context);
    }

    void requireOpen() {
        requireMonitor();
        if (closed) {
            throw new IllegalStateException("engine closed");
        }
    }

    void requireMonitor() {
        assert Thread.holdsLock(this) : "enqueued without the context's monitor";
    }

    /** An event for the next part of a copy; in an in-order queue the last one stands for all. */
    private static cl_event next(final cl_event previous) {
        forget(previous);
        return new cl_event();
    }

    private static MemorySegment part(final MemorySegment whole, final long at) {
        return whole.asSlice(at, Math.min(LARGEST_COPY, whole.byteSize() - at));
    }

    private static Pointer pointer(final MemorySegment part) {
        return Pointer.to(part.asByteBuffer());
    }
}
