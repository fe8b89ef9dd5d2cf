package dev.tern.ffm;

import dev.tern.Conv2d;
import dev.tern.Executable;
import dev.tern.Execution;
import dev.tern.ObjectPool;
import dev.tern.PackedWeights;
import dev.tern.Tensor;
import dev.tern.ffm.bindings.LibTern;
import dev.tern.ffm.bindings.tern_gemm;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/** A convolution, or one of its gradients, compiled for one GEMM or depthwise kernel. */
final class NativeConv2d implements Executable {
    private final NativeKernel kernel;
    private final Conv2d operation;
    private final Execution execution;
    private final ObjectPool<Conv2dCall> calls;
    private final ObjectPool<WeightSlices> slices = new ObjectPool<>(WeightSlices::new);
    private final List<Conv2dStage> stages;
    private final Conv2dCost cost;
    private final MemorySegment[] packed;
    /** What the struct of the first stage points to, which alone does not keep it; null for sums of floats. */
    private final MemorySegment seeds;

    NativeConv2d(
            final NativeKernel kernel,
            final Conv2d operation,
            final PackedWeights weights,
            final Execution execution,
            final ObjectPool<Conv2dCall> calls) {
        this.kernel = kernel;
        this.operation = operation;
        this.execution = execution;
        this.calls = calls;
        stages = operation.pass() == Conv2d.Pass.BACKWARD_DATA
                ? Conv2dStage.gradient(operation)
                : List.of(Conv2dStage.forward(operation));
        cost = new Conv2dCost(kernel, operation);
        packed = weights == null ? null : panels(weights);
        seeds = packed != null && kernel.integer()
                ? seeds(stages.getFirst(), weights.canonical().segment(), packed[0])
                : null;
    }

    private MemorySegment[] panels(final PackedWeights weights) {
        final Conv2dPanels panels = weights.form(
                "native:" + kernel.layout(),
                Conv2dPanels.class,
                canonical -> new Conv2dPanels(kernel, operation, stages, canonical, execution));
        final MemorySegment[] addresses = new MemorySegment[stages.size()];
        Arrays.setAll(addresses, i -> panels.address(stages, i));
        return addresses;
    }

    private MemorySegment seeds(final Conv2dStage stage, final MemorySegment weights, final MemorySegment panels) {
        final MemorySegment values = Arena.ofAuto().allocate(stage.seedBytes(), Integer.BYTES);
        final MemorySegment dense = SignTerms.cleaned(operation, weights, new Scratch());
        LibTern.tern_conv2d_seeds(kernel.index(), stage.struct(), dense, panels, values);
        tern_gemm.seeds(stage.product(), values);
        return values;
    }

    @Override
    public void run(final Tensor a, final Tensor b, final Tensor y) {
        final Conv2dCall call = calls.take();
        call.run(this, a, b, y);
        calls.give(call);
    }

    /** How many of a stage's parts, tiles or slices, each range has. */
    long chunk(final long rows, final long parts) {
        return Sharing.chunk(parts, cost.alone(rows) / stages.size(), execution.threads(), kernel.integer());
    }

    /** Tiles in each range where it gathers the patches of its taps, and copies the gradient. */
    long chunkOfWeights(final long rows, final long tiles) {
        return Sharing.chunk(tiles, cost.alone(rows), execution.threads());
    }

    NativeKernel kernel() {
        return kernel;
    }

    Conv2d operation() {
        return operation;
    }

    Execution execution() {
        return execution;
    }

    List<Conv2dStage> stages() {
        return stages;
    }

    /** Its own, so that they mostly find the addresses of the run before. */
    ObjectPool<WeightSlices> slices() {
        return slices;
    }

    boolean isPacked() {
        return packed != null;
    }

    /** The packed weights of a stage, as this kernel reads them. */
    MemorySegment packed(final int stage) {
        return packed[stage];
    }

    boolean isGradientOfWeights() {
        return operation.pass() == Conv2d.Pass.BACKWARD_WEIGHTS;
    }
}
