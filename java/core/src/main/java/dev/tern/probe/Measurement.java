package dev.tern.probe;

import dev.tern.Isa;
import dev.tern.ffm.NativeLibrary;
import dev.tern.ffm.bindings.LibTern;
import dev.tern.ffm.bindings.tern_peak;
import dev.tern.probe.ProbeReport.Bandwidth;
import dev.tern.probe.ProbeReport.Cpu;
import dev.tern.probe.ProbeReport.Measured;
import dev.tern.probe.ProbeReport.Memory;
import dev.tern.probe.ProbeReport.Missing;
import dev.tern.probe.ProbeReport.Peak;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Measures what the processor can do at best, on one thread and on as many as the engine takes: loops of one bare
 * instruction, and reading from each level of memory.
 */
final class Measurement {
    /** First touching more pages than this would take longer than measuring. */
    private static final long MOST_BYTES = 1L << 30;

    /**
     * Reads of a few bytes, until the calls around them are compiled: an interpreted call costs more than an L1 read.
     */
    private static final int WARM_UP_READS = 20_000;

    private static final int WARM_UPS = 3;

    private static final long WARM_UP_BYTES = 64;

    private final Rate rate = new Rate();
    private final List<Peak> peaks = new ArrayList<>();
    private final List<Bandwidth> bandwidths = new ArrayList<>();

    private Measurement() {}

    static Measured take(final NativeLibrary library, final Cpu cpu, final Memory memory) {
        if (!library.isLoaded()) {
            return new Measured(List.of(), List.of(), new Missing("measuring takes the native library", null));
        }
        final Measurement measurement = new Measurement();
        try {
            measurement.measure(cpu, memory);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return new Measured(measurement.peaks, measurement.bandwidths, measurement.missing());
    }

    private void measure(final Cpu cpu, final Memory memory) throws InterruptedException {
        final ReadLevels levels = new ReadLevels(cpu.caches());
        try (Arena arena = Arena.ofShared();
                Gang one = new Gang(1);
                Gang all = new Gang(cpu.usableCores())) {
            final List<Gang> gangs = all.threads() == 1 ? List.of(all) : List.of(one, all);
            for (final Gang gang : gangs) {
                measurePeaks(gang);
            }
            final ReadBuffer buffer = ReadBuffer.allocate(all, arena, Math.min(levels.memoryBytes(), most(memory)));
            for (int i = 0; i < WARM_UPS; i++) {
                one.nanos(buffer.reading(1, WARM_UP_BYTES), WARM_UP_READS);
            }
            for (final Gang gang : gangs) {
                measureBandwidths(gang, buffer, levels);
            }
        }
    }

    private void measurePeaks(final Gang gang) throws InterruptedException {
        for (int i = 0; i < LibTern.tern_peak_count() && !rate.isLate(); i++) {
            final MemorySegment peak = LibTern.tern_peak_at(i).reinterpret(tern_peak.sizeof());
            final long needs = tern_peak.isa(peak);
            if ((needs & ~LibTern.tern_cpu_isa()) == 0) {
                final int index = i;
                final double perNano = rate.perNano(gang, (thread, count) -> LibTern.tern_peak_run(index, count));
                final String name = tern_peak.name(peak).getString(0);
                peaks.add(new Peak(name, isa(needs), gang.threads(), rounded(perNano * tern_peak.ops(peak))));
            }
        }
    }

    /** The highest of the bits, which stand in the order of {@link Isa}. */
    private static String isa(final long needs) {
        return Isa.values()[Long.SIZE - 1 - Long.numberOfLeadingZeros(needs)].word();
    }

    private void measureBandwidths(final Gang gang, final ReadBuffer buffer, final ReadLevels levels)
            throws InterruptedException {
        final Map<String, Long> bytesPerThread = levels.bytesPerThread(gang.threads(), buffer.bytes());
        for (final Map.Entry<String, Long> level : bytesPerThread.entrySet()) {
            if (rate.isLate()) {
                return;
            }
            final long bytes = level.getValue();
            final double perNano = rate.perNano(gang, buffer.reading(gang.threads(), bytes));
            final double gigabytesPerSecond = perNano * Math.min(bytes, ReadBuffer.BLOCK_BYTES);
            bandwidths.add(new Bandwidth(level.getKey(), bytes, gang.threads(), rounded(gigabytesPerSecond)));
        }
    }

    private Missing missing() {
        if (rate.isLate()) {
            peaks.removeIf(peak -> peak.gops() == 0);
            bandwidths.removeIf(bandwidth -> bandwidth.gigabytesPerSecond() == 0);
            return new Missing("measuring took too long", "try again when the machine is less busy");
        }
        return bandwidths.stream().anyMatch(bandwidth -> bandwidth.level().equals("memory"))
                ? null
                : new Missing("too little free memory to read past the caches", "-Xmx2g or more");
    }

    /** Native memory that the JVM grants by default is as much as the heap may have. */
    private static long most(final Memory memory) {
        final long granted = Math.min(MOST_BYTES, Runtime.getRuntime().maxMemory() / 2);
        return memory.availableBytes() == null ? granted : Math.min(granted, memory.availableBytes() / 4);
    }

    private static double rounded(final double value) {
        return Math.round(value * 10) / 10.0;
    }
}
