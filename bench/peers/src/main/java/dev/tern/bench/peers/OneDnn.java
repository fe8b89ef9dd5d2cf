package dev.tern.bench.peers;

import dev.tern.bench.BenchCase;
import dev.tern.bench.BenchSystem;
import dev.tern.bench.ConvCase;
import dev.tern.bench.GemmCase;
import dev.tern.bench.SparseCase;
import dev.tern.bench.TrainingCase;
import java.util.HashMap;
import java.util.Map;

/**
 * oneDNN's {@code matmul}, convolution and LSTM. Its threads are libgomp's, which spin and then park as the
 * environment's defaults say.
 */
final class OneDnn implements BenchSystem {

    private final String name;
    private final String clamp;
    private final Map<String, String> isa;

    private OneDnn(final String name, final String clamp, final Map<String, String> isa) {
        this.name = name;
        this.clamp = clamp;
        this.isa = isa;
    }

    /** With all that the machine has, AMX included. */
    static OneDnn unclamped() {
        return new OneDnn("onednn", "", Map.of());
    }

    /** Without AMX: the contest of {@code vpdpbusd} against {@code vpdpbusd}. */
    static OneDnn vnni() {
        return new OneDnn("onednn-vnni", "avx512vnni", Map.of("ONEDNN_MAX_CPU_ISA", "AVX512_CORE_VNNI"));
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String backend() {
        return "cpu";
    }

    @Override
    public String clamp() {
        return clamp;
    }

    /**
     * AMX has no f32, so the clamp changes nothing there. Convolutions of signs are convolutions of f32 to it, and
     * sparse weights are dense.
     */
    @Override
    public boolean takes(final BenchCase problem) {
        if (problem instanceof TrainingCase
                || problem instanceof final GemmCase gemm && gemm.type().isGrouped()) {
            return false;
        }
        if (problem instanceof SparseCase) {
            return clamp.isEmpty() && !problem.type().isInteger();
        }
        if (problem.type().isBytes()) {
            return Processor.MULTIPLIES_BYTES;
        }
        return clamp.isEmpty()
                && isFloats(problem)
                && (Processor.HAS_AVX512 || !problem.type().isHalves());
    }

    private static boolean isFloats(final BenchCase problem) {
        return !problem.type().isInteger()
                || problem instanceof ConvCase && problem.type().isSigns();
    }

    @Override
    public Map<String, String> environment(final int threads) {
        final Map<String, String> environment = new HashMap<>(isa);
        environment.put("OMP_NUM_THREADS", Integer.toString(threads));
        return environment;
    }

    @Override
    public Session open(final int threads) {
        return new OneDnnSession();
    }
}
