package dev.tern.bench;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What the machine can do on a number of threads, asked of a {@link PeakWorker}; silent where there is no native
 * library.
 */
final class Peaks implements PeakMeter, AutoCloseable {

    /** Rates at one moment: Gop/s by instruction, GB/s of reading. */
    record Reading(int threads, Map<String, Double> gops, Double readGigabytesPerS) {

        /** The largest change of a rate, as a fraction. */
        double drift(final Reading later) {
            return gops.entrySet().stream()
                    .mapToDouble(rate -> Math.abs(later.gops.get(rate.getKey()) / rate.getValue() - 1))
                    .max()
                    .orElse(0);
        }

        /** The instruction that a kernel is held to: where there are tiles, those of the kernels that use them. */
        Optional<String> instruction(final BenchType type, final boolean tiles) {
            final List<String> families = families(type);
            final int last = tiles ? families.size() : 1;
            return gops.keySet().stream()
                    .filter(name -> families.subList(0, last).stream().anyMatch(name::startsWith))
                    .max(Comparator.comparing(gops::get));
        }

        /** Of memory, half way to a later reading; null where nobody measured it. */
        Double meanRead(final Reading later) {
            return readGigabytesPerS == null ? null : (readGigabytesPerS + later.readGigabytesPerS) / 2;
        }
    }

    private static final long PEAK_NANOS = 2_000_000;
    private static final long READ_NANOS = 20_000_000;
    private static final String FMA = "vfmadd231ps";
    private static final String DOT = "vpdpbusd";
    private static final String TILE_DOT = "tdpbusd";
    private static final String SIGNS = "vpxorq_vpopcntq";

    private final int threads;
    private final WorkerProcess worker;
    private final List<String> names;

    private Peaks(final int threads, final WorkerProcess worker, final List<String> names) {
        this.threads = threads;
        this.worker = worker;
        this.names = names;
    }

    static Peaks of(final int threads) {
        try {
            final WorkerProcess worker = new WorkerProcess(PeakWorker.class, Map.of(), Integer.toString(threads));
            return new Peaks(threads, worker, Arrays.asList(worker.ask("list").split(" ")));
        } catch (final Line.Refusal e) {
            System.getLogger(Peaks.class.getName()).log(System.Logger.Level.WARNING, "no peaks: {0}", e.getMessage());
            return new Peaks(threads, null, List.of());
        }
    }

    @Override
    public Reading all(final BenchType type) {
        return with(instructions(type), "read " + READ_NANOS);
    }

    @Override
    public Reading near(final BenchType type, final long bytes) {
        return with(instructions(type), "near " + PEAK_NANOS + " " + bytes);
    }

    private Reading with(final Reading instructions, final String command) {
        return new Reading(threads, instructions.gops(), worker == null ? null : rate(command));
    }

    private Reading instructions(final BenchType type) {
        final Map<String, Double> gops = new TreeMap<>();
        for (final String family : families(type)) {
            widest(family).ifPresent(name -> gops.put(name, rate("peak " + name + " " + PEAK_NANOS)));
        }
        return new Reading(threads, gops, null);
    }

    /** Of instructions: those of vectors, then those of tiles. */
    private static List<String> families(final BenchType type) {
        return type.isSigns() ? List.of(SIGNS) : type.isInteger() ? List.of(DOT, TILE_DOT) : List.of(FMA);
    }

    private double rate(final String command) {
        return Double.parseDouble(worker.ask(command));
    }

    /** The library lists each instruction from narrow to wide. */
    private Optional<String> widest(final String family) {
        return names.stream().filter(name -> name.startsWith(family)).reduce((narrow, wide) -> wide);
    }

    @Override
    public void close() {
        if (worker != null) {
            worker.close();
        }
    }
}
