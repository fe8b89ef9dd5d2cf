package dev.tern.ffm;

import dev.tern.Availability;
import dev.tern.Backend;
import dev.tern.BatchedGemm;
import dev.tern.Conv2d;
import dev.tern.DataType;
import dev.tern.Device;
import dev.tern.Executable;
import dev.tern.Execution;
import dev.tern.Gemm;
import dev.tern.Isa;
import dev.tern.Kernel;
import dev.tern.Lstm;
import dev.tern.LstmTraining;
import dev.tern.ObjectPool;
import dev.tern.Operation;
import dev.tern.PackedWeights;
import dev.tern.Pool2d;
import dev.tern.Reorder;
import dev.tern.Spmm;
import dev.tern.Support;
import dev.tern.ffm.bindings.LibTern;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** The C kernels of libtern, called through the foreign function interface. */
public final class NativeBackend implements Backend {
    private final NativeLibrary library = NativeLibrary.get();
    private final ObjectPool<GemmCall> calls = new ObjectPool<>(GemmCall::new);
    private final ObjectPool<Conv2dCall> conv2dCalls = new ObjectPool<>(Conv2dCall::new);
    private final ObjectPool<PoolCall> poolCalls = new ObjectPool<>(PoolCall::new);
    private final ObjectPool<ReorderCall> reorderCalls = new ObjectPool<>(ReorderCall::new);
    private final ObjectPool<LstmCall> lstmCalls = new ObjectPool<>(LstmCall::new);
    private final ObjectPool<LstmTrainingCall> trainingCalls = new ObjectPool<>(LstmTrainingCall::new);

    @Override
    public String name() {
        return "native";
    }

    @Override
    public Availability probe() {
        if (!library.isLoaded()) {
            return Availability.no(library.reason());
        }
        final String isas = library.cpuIsas().stream().map(Isa::word).collect(Collectors.joining(" "));
        return Availability.yes(library.buildInfo() + ", on " + isas + ", from " + library.path());
    }

    @Override
    public List<Device> devices() {
        return library.isLoaded() ? List.of(Device.CPU) : List.of();
    }

    @Override
    public Support supports(final Operation operation, final Device device) {
        if (!library.isLoaded()) {
            return Support.no(library.reason());
        }
        return switch (operation) {
            case final Gemm gemm -> supports(gemm, row -> row.runs(gemm));
            case final BatchedGemm batched -> supports(batched, row -> row.runs(batched.product()));
            case final Conv2d conv -> supports(conv);
            case final Pool2d pool -> supports(pool, row -> row.runs(pool));
            case final Reorder reorder -> supports(reorder, row -> row.runs(reorder));
            case final Lstm lstm -> supports(lstm, row -> row.runs(lstm));
            case final LstmTraining training -> supports(training, row -> row.runs(training));
            case final Spmm spmm -> supports(spmm, row -> row.runs(spmm) || row.runs(spmm.product()));
            default -> Support.none(operation);
        };
    }

    private Support supports(final Operation operation, final Predicate<NativeKernel> runs) {
        final List<Kernel> kernels = kernels(runs);
        return kernels.isEmpty() ? Support.none(operation) : Support.yes(kernels);
    }

    @Override
    public Executable compile(
            final Operation operation,
            final Device device,
            final Kernel kernel,
            final PackedWeights weights,
            final Execution execution) {
        return switch (operation) {
            case final Gemm gemm -> new NativeGemm(row(kernel), gemm, 1, cost(gemm, kernel), weights, execution, calls);
            case final BatchedGemm batched ->
                new NativeGemm(
                        row(kernel),
                        batched.product(),
                        batched.batch(),
                        cost(batched.product(), kernel),
                        weights,
                        execution,
                        calls);
            case final Conv2d conv -> new NativeConv2d(row(kernel), conv, weights, execution, conv2dCalls);
            case final Pool2d pool -> new NativePool(row(kernel), pool, execution, poolCalls);
            case final Reorder reorder -> new NativeReorder(row(kernel), reorder, execution, reorderCalls);
            case final Lstm lstm ->
                new NativeLstm(
                        row(kernel), companion(row(kernel), LibTern.TERN_LSTM()), lstm, weights, execution, lstmCalls);
            case final LstmTraining training ->
                new NativeLstmTraining(row(kernel), gates(row(kernel), training), training, execution, trainingCalls);
            case final Spmm spmm ->
                new NativeGemm(row(kernel), spmm.product(), 1, cost(spmm, kernel), weights, execution, calls);
            default ->
                throw new IllegalArgumentException(
                        "operation: got " + operation + ", allowed: gemm, conv2d, pool2d, spmm");
        };
    }

    @Override
    public double estimateNanos(
            final Operation operation, final Device device, final Kernel kernel, final long rows, final int threads) {
        return switch (operation) {
            case final Gemm gemm -> cost(gemm, kernel).nanos(rows, threads);
            case final BatchedGemm batched -> cost(batched.product(), kernel).nanos(batched.batch(), rows, threads);
            case final Conv2d conv -> new Conv2dCost(row(kernel), conv).nanos(rows, threads);
            case final Pool2d pool -> PoolCost.nanos(row(kernel), pool, rows, threads);
            case final Reorder reorder -> ReorderCost.nanos(row(kernel), reorder, rows, threads);
            case final Lstm lstm -> LstmCost.of(row(kernel), lstm).nanos(rows, threads);
            case final LstmTraining training ->
                LstmCost.of(row(kernel), training).nanos(rows, threads);
            case final Spmm spmm -> cost(spmm, kernel).nanos(rows, threads);
            default ->
                throw new IllegalArgumentException(
                        "operation: got " + operation + ", allowed: gemm, conv2d, pool2d, spmm");
        };
    }

    @Override
    public String version() {
        return library.isLoaded() ? library.sha256() : "absent";
    }

    private Support supports(final Conv2d conv) {
        final boolean signs = conv.product().aType() == DataType.B1;
        return signs && conv.groups() > 1 && conv.groupChannels() % Byte.SIZE != 0
                ? Support.no("groups of " + conv.groupChannels() + " signs: each has to begin on a whole byte")
                : supports(conv, row -> row.runs(conv));
    }

    private CostModel cost(final Gemm gemm, final Kernel kernel) {
        return CostModel.of(row(kernel), gemm);
    }

    private CostModel cost(final Spmm spmm, final Kernel kernel) {
        return CostModel.of(row(kernel), spmm);
    }

    /** Those that the processor runs; the table begins with the least demanding. */
    private List<Kernel> kernels(final Predicate<NativeKernel> runs) {
        final List<Kernel> kernels = new ArrayList<>();
        for (final NativeKernel row : library.kernels()) {
            if (runs.test(row) && library.cpuIsas().containsAll(row.needs())) {
                kernels.add(row.kernel());
            }
        }
        Collections.reverse(kernels);
        return kernels;
    }

    private NativeKernel gates(final NativeKernel gemm, final LstmTraining training) {
        final boolean forward = training.pass() == LstmTraining.Pass.FORWARD;
        return companion(gemm, forward ? LibTern.TERN_LSTM() : LibTern.TERN_LSTM_GRADIENT());
    }

    /** The best of the table for a code of {@code enum tern_op}, beside a GEMM kernel. */
    private NativeKernel companion(final NativeKernel gemm, final int operation) {
        return library.kernels().stream()
                .filter(row -> row.accompanies(gemm, operation))
                .max(Comparator.comparing(NativeKernel::isa))
                .orElseThrow();
    }

    private NativeKernel row(final Kernel kernel) {
        return library.kernels().stream()
                .filter(row -> row.name().equals(kernel.name()))
                .findFirst()
                .orElseThrow(() ->
                        new IllegalArgumentException("kernel: got " + kernel + ", allowed: " + library.kernels()));
    }
}
