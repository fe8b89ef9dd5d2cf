package dev.tern.opencl;

import dev.tern.Executable;
import dev.tern.Tensor;
import dev.tern.opencl.ClContext.Scratch;

/**
 * A GEMM on one device. With all tensors there, a run is enqueued and allocates nothing; others are copied, and the run
 * waits for the copies.
 */
final class ClGemm implements Executable {
    private final ClContext context;
    private final GemmKernels kernels;
    private final Columns weights;
    private final boolean readsY;

    /** @param weights the packed operand b, or null where it comes with each run */
    ClGemm(final ClContext context, final GemmKernels kernels, final Columns weights, final boolean readsY) {
        this.context = context;
        this.kernels = kernels;
        this.weights = weights;
        this.readsY = readsY;
    }

    @Override
    public void run(final Tensor a, final Tensor b, final Tensor y) {
        if (Operand.isOn(context, a) && (b == null || Operand.isOn(context, b)) && Operand.isOn(context, y)) {
            synchronized (context) {
                enqueue(a, b, y);
            }
        } else {
            runWithCopies(a, b, y);
        }
    }

    private void runWithCopies(final Tensor a, final Tensor b, final Tensor y) {
        try (Operand fromA = new Operand(context, a, Scratch.A);
                Operand fromB = new Operand(context, b, Scratch.B);
                Operand toY = new Operand(context, y, Scratch.Y)) {
            fromA.gather();
            fromB.gather();
            if (readsY) {
                toY.gather();
            }
            synchronized (context) {
                enqueue(fromA.upload(), fromB.upload(), readsY ? toY.upload() : toY.reserve());
                toY.download();
            }
        }
    }

    private void enqueue(final Tensor a, final Tensor b, final Tensor y) {
        if (b == null) {
            kernels.multiply(a, weights.panels(), weights.seeds(), y);
        } else {
            final ClBuffer panels = context.scratch(Scratch.COLUMN_PANELS, kernels.panelBytes());
            final ClBuffer seeds = context.scratch(Scratch.SEEDS, kernels.seedBytes());
            kernels.pack(b, panels, seeds);
            kernels.multiply(a, panels, seeds, y);
        }
        context.flush();
    }
}
