package dev.tern.bench;

import dev.tern.Isa;
import java.util.List;

/** Tern's backends, each pinned, as contestants; the reference backend is the judge, not one of them. */
public final class TernSystems implements BenchSystem.Provider {

    @Override
    public List<BenchSystem> systems() {
        return List.of(
                new TernSystem("tern", "native", "cpu:native", null),
                new TernSystem("tern-vnni", "native", "cpu:native", Isa.AVX512VNNI),
                new TernSystem("tern-sparse", "native", "cpu:native", null, "spmm_"),
                new WiderTern(new TernSystem("tern", "native", "cpu:native", null)),
                new TernSystem("tern-dense", "native", "cpu:native", null, "gemm_"),
                new TernSystem("tern-dense-vnni", "native", "cpu:native", Isa.AVX512VNNI, "gemm_"),
                new TernSystem("tern", "vector", "cpu:vector", null),
                new TernSystem("tern", "opencl", "opencl:cpu:0", null));
    }
}
