package dev.tern;

import java.lang.foreign.MemorySegment;

/**
 * The memory behind tensors, owned by a device. Only {@link HostStorage} is an address.
 *
 * <p>Reads and writes wait for the device's pending work on this storage. Every one between a device and the host is
 * counted in {@link Transfers}.
 */
public interface Storage extends AutoCloseable {
    Device device();

    /** Size in bytes. */
    long bytes();

    /** Copies {@code target.byteSize()} bytes, from {@code offset} in bytes on, to host memory. */
    void read(long offset, MemorySegment target);

    /** Copies all of {@code source} from host memory to {@code offset} in bytes. */
    void write(long offset, MemorySegment source);

    /** Frees the memory; tensors on it can no longer be used. */
    @Override
    void close();
}
