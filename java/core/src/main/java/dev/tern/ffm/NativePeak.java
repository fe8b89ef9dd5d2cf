package dev.tern.ffm;

import dev.tern.Isa;
import dev.tern.ffm.bindings.LibTern;
import dev.tern.ffm.bindings.tern_peak;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * A loop of one bare instruction, for the peak that kernels are measured against.
 *
 * @param index what the library's functions take
 * @param name instruction and width, such as {@code vpdpbusd_zmm}
 * @param needs everything that the processor must have
 * @param operations of one iteration; a multiply-add counts as two
 */
public record NativePeak(int index, String name, Set<Isa> needs, long operations) {
    /** Those that this processor can run; none without the library. */
    public static List<NativePeak> all() {
        final NativeLibrary library = NativeLibrary.get();
        return library.isLoaded()
                ? IntStream.range(0, LibTern.tern_peak_count())
                        .mapToObj(NativePeak::row)
                        .filter(peak -> library.cpuIsas().containsAll(peak.needs()))
                        .toList()
                : List.of();
    }

    private static NativePeak row(final int index) {
        final MemorySegment row = LibTern.tern_peak_at(index).reinterpret(tern_peak.sizeof());
        return new NativePeak(
                index, tern_peak.name(row).getString(0), NativeKernel.isas(tern_peak.isa(row)), tern_peak.ops(row));
    }

    /** Runs on the calling thread. */
    public void run(final long iterations) {
        LibTern.tern_peak_run(index, iterations);
    }

    /** Reads native memory once, with the widest loads there are; returns the sum of its 64-bit words. */
    public static long read(final MemorySegment memory) {
        return LibTern.tern_read(memory, memory.byteSize());
    }
}
