package dev.tern.bench;

import dev.tern.Engine;
import dev.tern.Tuning;
import java.lang.foreign.Arena;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One kernel by itself, on one thread, with packed weights: {@code scripts/bench jmh GemmBench -p kernel=… -prof
 * perfasm}.
 *
 * <p>Five seconds of warm-up, since C2 takes some 400,000 calls to settle on the large vector methods. Three forks,
 * since the compiler's choices and the placement of memory differ from one process to the next by more than iterations
 * do.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class GemmBench {
    /** Stems of the kernels, as in docs/kernels.md; those for another processor are refused. */
    @Param({
        "gemm_f32f32f32_1x1_scalar",
        "gemm_f32f32f32_6x16_avx2",
        "gemm_f32f32f32_6x64_avx512",
        "gemm_b1b1s32_1x1_scalar",
        "gemm_b1b1s32_4x16_avx2",
        "gemm_b1b1s32_6x64_avx512vpopcntdq",
        "gemm_b1b1s32_4x8_vector128",
        "gemm_b1b1s32_4x16_vector256",
        "gemm_b1b1s32_8x32_vector512",
        "gemm_u8s4s32_6x64_avx512vnni",
        "gemm_u8s2s32_6x64_avx512vnni",
        "gemm_u8s8s32_1x1_scalar",
        "gemm_u8s8s32_4x16_avx2",
        "gemm_u8s8s32_6x64_avx512vnni",
        "gemm_u8s8s32_32x32_amxint8",
        "gemm_f32f32f32_4x8_vector128",
        "gemm_f32f32f32_4x16_vector256",
        "gemm_f32f32f32_8x32_vector512",
        "gemm_u8s8s32_4x8_vector128",
        "gemm_u8s8s32_4x16_vector256",
        "gemm_u8s8s32_8x32_vector512",
        "gemm_s8s8s32_4x8_vector128",
        "gemm_s8s8s32_4x16_vector256",
        "gemm_s8s8s32_8x32_vector512",
    })
    public String kernel;

    /** Batch 1 of a recurrent layer, a square that fits into L2, and a ragged one that is all edges. */
    @Param({"1x1024x1024", "256x256x256", "17x33x65"})
    public String shape;

    private Arena arena;
    private Engine engine;
    private Prepared prepared;

    @Setup
    public void prepare() {
        arena = Arena.ofShared();
        engine = Engine.builder()
                .threads(1)
                .device("cpu")
                .kernel(kernel)
                .tuning(Tuning.MODEL)
                .build();
        prepared = new TernPlan(engine, "cpu", gemm(), Inputs.random(gemm(), arena));
        prepared.run();
    }

    @Benchmark
    public void run() {
        prepared.run();
    }

    @TearDown
    public void release() {
        prepared.close();
        engine.close();
        arena.close();
    }

    /** A stem names its types first: {@code gemm_u8s8s32_…}. */
    GemmCase gemm() {
        final String types = kernel.split("_")[1];
        return GemmCase.of(types.equals("f32f32f32") ? GemmType.F32 : GemmType.of(types), shape);
    }

    Prepared prepared() {
        return prepared;
    }
}
