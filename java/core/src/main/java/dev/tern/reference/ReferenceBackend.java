package dev.tern.reference;

import dev.tern.Availability;
import dev.tern.Backend;
import dev.tern.BatchedGemm;
import dev.tern.Conv2d;
import dev.tern.Device;
import dev.tern.Executable;
import dev.tern.Execution;
import dev.tern.Gemm;
import dev.tern.Isa;
import dev.tern.Kernel;
import dev.tern.Lstm;
import dev.tern.LstmTraining;
import dev.tern.Operation;
import dev.tern.PackedWeights;
import dev.tern.Pool2d;
import dev.tern.Reorder;
import dev.tern.Spmm;
import dev.tern.Support;
import dev.tern.Tensor;
import java.util.List;
import java.util.Locale;

/** Scalar Java for every operation; chosen automatically only where nothing else has one. */
public final class ReferenceBackend implements Backend {
    private static final double NANOS_PER_OPERATION = 1;

    @Override
    public String name() {
        return "reference";
    }

    @Override
    public Availability probe() {
        return Availability.yes("scalar Java");
    }

    @Override
    public List<Device> devices() {
        return List.of(Device.CPU);
    }

    @Override
    public Support supports(final Operation operation, final Device device) {
        return Support.yes(List.of(new Kernel(stem(operation), Isa.SCALAR)));
    }

    @Override
    public Executable compile(
            final Operation operation,
            final Device device,
            final Kernel kernel,
            final PackedWeights weights,
            final Execution execution) {
        return switch (operation) {
            case final Gemm gemm -> with(weights, gemm.scalesRows(), new ReferenceGemm(gemm)::run);
            case final BatchedGemm batched -> {
                final ReferenceGemm product = new ReferenceGemm(batched.product());
                yield with(weights, false, (a, b, scales, y) -> product.runBatch(a, b, y));
            }
            case final Conv2d conv -> with(weights, conv.product().scalesRows(), new ReferenceConv2d(conv)::run);
            case final Spmm spmm -> new ReferenceSpmm(spmm, weights)::run;
            case final Pool2d pool -> new ReferencePool2d(pool)::run;
            case final Reorder reorder -> new ReferenceReorder(reorder)::run;
            case final Lstm lstm -> new ReferenceLstm(lstm, weights.canonical())::run;
            case final LstmTraining training -> new ReferenceLstmTraining(training)::run;
        };
    }

    private interface Product {
        void run(Tensor a, Tensor weights, Tensor scales, Tensor y);
    }

    /** What comes with a run as b is the weights, if they are not packed, or the scales of rows. */
    private static Executable with(final PackedWeights weights, final boolean scaled, final Product product) {
        if (weights == null) {
            return (a, b, y) -> product.run(a, b, null, y);
        }
        return (a, b, y) -> product.run(a, weights.canonical(), scaled ? b : null, y);
    }

    @Override
    public double estimateNanos(
            final Operation operation, final Device device, final Kernel kernel, final long rows, final int threads) {
        return NANOS_PER_OPERATION * operation.operations(rows);
    }

    @Override
    public String version() {
        return "1";
    }

    @Override
    public boolean isFallback() {
        return true;
    }

    private static String stem(final Operation operation) {
        return switch (operation) {
            case final Gemm gemm -> stem("gemm", gemm, "");
            case final BatchedGemm batched -> stem("gemm", batched.product(), "");
            case final Conv2d conv -> stem("conv2d", conv.product(), "");
            case final Spmm spmm ->
                stem("spmm", spmm.product(), spmm.sparsity().word().replace(":", "of") + "_");
            case final Lstm lstm -> stem("lstm", lstm.recurrent(), "");
            case final LstmTraining training ->
                stem("lstm_" + training.pass().name().toLowerCase(Locale.ROOT), training.product(), "");
            case final Reorder _ -> "reorder_f32_scalar";
            case final Pool2d pool -> ("pool_" + pool.word() + "_" + pool.type() + "_scalar").toLowerCase(Locale.ROOT);
        };
    }

    private static String stem(final String operation, final Gemm gemm, final String sparsity) {
        final String accumulator = gemm.isQuantized() ? "s32" : "f32";
        final String types = ("" + gemm.aType() + gemm.bType() + accumulator).toLowerCase(Locale.ROOT);
        return operation + "_" + types + "_" + sparsity + "1x1_scalar";
    }
}
