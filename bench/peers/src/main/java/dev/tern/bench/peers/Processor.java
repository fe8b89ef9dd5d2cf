package dev.tern.bench.peers;

import dev.tern.probe.Probe;
import dev.tern.probe.ProbeReport;
import java.util.Set;

/** What this processor lacks decides what a peer can be asked for. */
final class Processor {

    private static final Set<String> ISA = isa();

    /** Without VNNI peers sum pairs of products of bytes in 16 bits, which saturate: another result, and no contest. */
    static final boolean MULTIPLIES_BYTES = ISA.contains("avx512vnni");

    static final boolean HAS_AVX512 = ISA.contains("avx512");

    private Processor() {}

    private static Set<String> isa() {
        final ProbeReport.Isa isa = Probe.read().cpu().isa();
        return Set.copyOf(isa.cpuid() == null ? isa.os() : isa.cpuid());
    }
}
