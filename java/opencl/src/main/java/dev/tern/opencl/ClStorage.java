package dev.tern.opencl;

import dev.tern.Device;
import dev.tern.Storage;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import org.jocl.cl_event;

/** A tensor's memory on a device. Reads and writes take their turn in the device's queue. */
final class ClStorage implements Storage {
    private final ClBuffer buffer;
    private final long bytes;

    ClStorage(final ClBuffer buffer) {
        this(buffer, buffer.bytes());
    }

    /** The first {@code bytes} of a buffer. */
    ClStorage(final ClBuffer buffer, final long bytes) {
        this.buffer = buffer;
        this.bytes = bytes;
    }

    ClBuffer buffer() {
        return buffer;
    }

    @Override
    public Device device() {
        return buffer.context().device().device();
    }

    @Override
    public long bytes() {
        return bytes;
    }

    @Override
    public void read(final long offset, final MemorySegment target) {
        if (target.isNative()) {
            readNative(offset, target);
            return;
        }
        final HostBlock block = new HostBlock(buffer.context(), target.byteSize());
        try (block) {
            readNative(offset, block.segment());
            target.copyFrom(block.segment());
        }
    }

    @Override
    public void write(final long offset, final MemorySegment source) {
        if (source.isNative()) {
            writeNative(offset, source);
            return;
        }
        final HostBlock block = new HostBlock(buffer.context(), source.byteSize());
        try (block) {
            block.segment().copyFrom(source);
            writeNative(offset, block.segment());
        }
    }

    @Override
    public void close() {
        buffer.free();
    }

    private void readNative(final long offset, final MemorySegment target) {
        final cl_event event;
        synchronized (buffer.context()) {
            event = buffer.context().enqueueRead(buffer, offset, target);
        }
        ClContext.await(event);
        Reference.reachabilityFence(target);
    }

    private void writeNative(final long offset, final MemorySegment source) {
        final cl_event event;
        synchronized (buffer.context()) {
            event = buffer.context().enqueueWrite(buffer, offset, source);
        }
        ClContext.await(event);
        Reference.reachabilityFence(source);
    }
}
