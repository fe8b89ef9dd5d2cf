package dev.tern.ffm;

import dev.tern.Conv2d;
import dev.tern.Execution;
import dev.tern.PackedForm;
import dev.tern.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Weights of a convolution in the layout of a kernel, stage by stage. */
final class Conv2dPanels implements PackedForm {
    private final NativeKernel kernel;
    private final Execution execution;
    private final MemorySegment block;

    Conv2dPanels(
            final NativeKernel kernel,
            final Conv2d conv,
            final List<Conv2dStage> stages,
            final Tensor weights,
            final Execution execution) {
        this.kernel = kernel;
        this.execution = execution;
        final long bytes = stages.stream().mapToLong(s -> s.packedBytes(kernel)).sum();
        block = execution.memory().allocate(bytes);
        final MemorySegment dense = SignTerms.cleaned(conv, weights.segment(), new Scratch());
        final Conv2dPackTask task = new Conv2dPackTask();
        for (int i = 0; i < stages.size(); i++) {
            task.pack(kernel, conv, stages.get(i), dense, address(stages, i), execution);
        }
    }

    /** Where the panels of a stage are; without a scope, for the reason that {@link PackedPanels#address} gives. */
    MemorySegment address(final List<Conv2dStage> stages, final int stage) {
        final long before = stages.stream()
                .limit(stage)
                .mapToLong(s -> s.packedBytes(kernel))
                .sum();
        return MemorySegment.ofAddress(block.address() + before);
    }

    @Override
    public long bytes() {
        return block.byteSize();
    }

    @Override
    public void free() {
        execution.memory().release(block);
    }
}
