package dev.tern;

import java.util.concurrent.atomic.LongAdder;

/**
 * Counts the copies that crossed between host and devices, and those into scratch that a kernel could not do without.
 */
public final class Transfers {
    private final LongAdder toDevice = new LongAdder();
    private final LongAdder toHost = new LongAdder();
    private final LongAdder staged = new LongAdder();

    Transfers() {}

    public long toDevice() {
        return toDevice.sum();
    }

    public long toHost() {
        return toHost.sum();
    }

    /** Host tensors copied to memory that the kernel can take, such as heap arrays before a native call. */
    public long staged() {
        return staged.sum();
    }

    /** For backends, on each copy. */
    public void countToDevice(final Device device, final long bytes) {
        toDevice.increment();
        CopyEvent.emit(Device.CPU, device, bytes);
    }

    /** For backends, on each copy. */
    public void countToHost(final Device device, final long bytes) {
        toHost.increment();
        CopyEvent.emit(device, Device.CPU, bytes);
    }

    /** For backends, on each copy. */
    public void countStaged(final long bytes) {
        staged.increment();
        CopyEvent.emit(Device.CPU, Device.CPU, bytes);
    }
}
