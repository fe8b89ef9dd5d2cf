package dev.tern.vector;

import static dev.tern.vector.VectorWidth.BITS;
import static dev.tern.vector.VectorWidth.COLUMNS;
import static dev.tern.vector.VectorWidth.ROWS;

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
import dev.tern.probe.VectorCompilation;
import java.util.List;
import java.util.Locale;

/**
 * Kernels on {@code jdk.incubator.vector}, at one width for the process. Without that module its construction fails
 * with a {@link LinkageError}, by which the engine knows what is missing.
 */
public final class VectorBackend implements Backend {
    /** Raised whenever the kernels change. */
    private static final String VERSION = "4";

    private static final long LONGEST_ARRAY = Integer.MAX_VALUE - 1024L;
    private static final String SPECIES = VectorWidth.FLOATS.toString();

    @Override
    public String name() {
        return "vector";
    }

    @Override
    public Availability probe() {
        final String refusal = VectorWidth.refusal();
        if (!refusal.isEmpty()) {
            return Availability.no(refusal);
        }
        return VectorCompilation.missing()
                .map(missing -> Availability.no(missing.reason() + "; " + missing.remedy()))
                .orElse(Availability.yes("Vector API, " + BITS + " bit"));
    }

    @Override
    public List<Device> devices() {
        return probe().available() ? List.of(Device.CPU) : List.of();
    }

    @Override
    public Support supports(final Operation operation, final Device device) {
        return switch (operation) {
            case final Gemm gemm -> supports(gemm, stem("gemm", gemm));
            case final BatchedGemm batched -> supports(batched.product(), stem("gemm", batched.product()));
            case final Conv2d conv -> supports(conv.product(), stem("conv2d", conv.product()));
            case final Pool2d pool -> supports(pool);
            case final Spmm spmm -> supports(spmm);
            case final Reorder reorder -> supports(reorder);
            case final Lstm lstm -> supports(lstm.recurrent(), stem("lstm", lstm.recurrent()));
            case final LstmTraining training -> supports(training.product(), stem(training));
        };
    }

    private static Support supports(final Gemm gemm, final String stem) {
        final ColumnPanels columns = new ColumnPanels(gemm, Operands.MATRICES);
        final long longest = Math.max(columns.elements(), RowPanels.floats(ROWS, columns.depth()));
        return longest > LONGEST_ARRAY
                ? Support.no("panels of " + longest + " elements: a Java array holds " + LONGEST_ARRAY)
                : Support.yes(List.of(new Kernel(stem, isa())));
    }

    /** Leaving zeros out, or multiplying by them, which may be faster. */
    private static Support supports(final Spmm spmm) {
        final Support dense = supports(spmm.product(), stem("gemm", spmm.product()));
        return dense.isYes()
                ? Support.yes(
                        List.of(new Kernel(stem(spmm), isa()), dense.kernels().getFirst()))
                : dense;
    }

    private static Support supports(final Pool2d pool) {
        final long image = (long) pool.height() * pool.width() * pool.channels();
        return image > LONGEST_ARRAY
                ? Support.no("images of " + image + " elements: a Java array holds " + LONGEST_ARRAY)
                : Support.yes(List.of(new Kernel(stem(pool), isa())));
    }

    private static Support supports(final Reorder reorder) {
        final long line = (long) reorder.width() * reorder.channels();
        return line > LONGEST_ARRAY
                ? Support.no("lines of " + line + " elements: a Java array holds " + LONGEST_ARRAY)
                : Support.yes(List.of(new Kernel("reorder_f32_vector" + BITS, isa())));
    }

    @Override
    public Executable compile(
            final Operation operation,
            final Device device,
            final Kernel kernel,
            final PackedWeights weights,
            final Execution execution) {
        return switch (operation) {
            case final Gemm gemm -> BlockedGemm.compile(gemm, Operands.MATRICES, weights, execution);
            case final BatchedGemm batched -> new VectorBatchedGemm(batched, weights, execution);
            case final Conv2d conv -> VectorConv2d.compile(conv, weights, execution);
            case final Pool2d pool -> new VectorPool(pool, execution);
            case final Spmm spmm ->
                kernel.name().equals(stem(spmm))
                        ? new SparseGemm(spmm, weights, execution)
                        : BlockedGemm.compile(spmm.product(), Operands.MATRICES, weights, execution);
            case final Reorder reorder -> new VectorReorder(reorder, execution);
            case final Lstm lstm -> new VectorLstm(lstm, weights, execution);
            case final LstmTraining training -> new VectorLstmTraining(training, execution);
        };
    }

    @Override
    public double estimateNanos(
            final Operation operation, final Device device, final Kernel kernel, final long rows, final int threads) {
        return switch (operation) {
            case final Gemm gemm -> CostModel.nanos(gemm, rows, threads);
            case final BatchedGemm batched -> CostModel.nanos(batched, rows, threads);
            case final Conv2d conv -> CostModel.nanos(conv, rows, threads);
            case final Pool2d pool -> CostModel.nanos(pool, rows, threads);
            case final Spmm spmm ->
                kernel.name().equals(stem(spmm))
                        ? CostModel.nanos(spmm, rows, threads)
                        : CostModel.nanos(spmm.product(), rows, threads);
            case final Reorder reorder -> CostModel.nanos(reorder, rows, threads);
            case final Lstm lstm -> CostModel.nanos(lstm, rows, threads);
            case final LstmTraining training -> CostModel.nanos(training, rows, threads);
        };
    }

    @Override
    public String version() {
        return VERSION + " " + SPECIES;
    }

    private static String stem(final String operation, final Gemm gemm) {
        return operation + "_" + types(gemm) + "_" + ROWS + "x" + COLUMNS + "_vector" + BITS;
    }

    private static String stem(final LstmTraining training) {
        return stem("lstm_" + training.pass().name().toLowerCase(Locale.ROOT), training.product());
    }

    private static String stem(final Spmm spmm) {
        return "spmm_" + types(spmm.product()) + "_csr_1x" + ROWS + "_vector" + BITS;
    }

    private static String types(final Gemm gemm) {
        final String accumulator = gemm.isQuantized() ? "s32" : "f32";
        return (gemm.aType() + "" + gemm.bType()).toLowerCase(Locale.ROOT) + accumulator;
    }

    private static String stem(final Pool2d pool) {
        final String type = pool.type().isByte() ? "u8" : "f32";
        return "pool_" + pool.word() + "_" + type + "_vector" + BITS;
    }

    /** What a processor has whose vectors are so wide. */
    private static Isa isa() {
        final boolean arm = System.getProperty("os.arch").equals("aarch64");
        return arm ? Isa.NEON : BITS == 512 ? Isa.AVX512 : Isa.AVX2;
    }
}
