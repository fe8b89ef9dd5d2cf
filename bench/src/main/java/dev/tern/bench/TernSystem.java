package dev.tern.bench;

import dev.tern.Candidate;
import dev.tern.Engine;
import dev.tern.Isa;
import dev.tern.Tuning;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * One of Tern's backends, pinned by its device. It chooses among its kernels by measuring, as {@code tern tune} does.
 */
final class TernSystem implements BenchSystem {

    private final String name;
    private final String backend;
    private final String device;
    private final Isa maxIsa;
    private final String stems;

    /** @param maxIsa the clamp, or null */
    TernSystem(final String name, final String backend, final String device, final Isa maxIsa) {
        this(name, backend, device, maxIsa, "");
    }

    /**
     * @param stems how the kernels begin that products with sparse weights keep to, others being none of its business
     */
    TernSystem(final String name, final String backend, final String device, final Isa maxIsa, final String stems) {
        this.stems = stems;
        this.name = name;
        this.backend = backend;
        this.device = device;
        this.maxIsa = maxIsa;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String backend() {
        return backend;
    }

    @Override
    public String clamp() {
        return maxIsa == null ? "" : maxIsa.word();
    }

    /** The clamp takes AMX away, which only bytes have. */
    @Override
    public boolean takes(final BenchCase problem) {
        return switch (problem) {
            case GemmCase gemm when !stems.isEmpty() -> false;
            case ConvCase conv when !stems.isEmpty() -> false;
            case LstmCase lstm -> isWhole();
            case TrainingCase training -> isWhole();
            case SparseCase sparse ->
                !isOpenCl()
                        && (maxIsa == null || sparse.type().isBytes())
                        && !kernel(sparse).isEmpty();
            case GemmCase gemm ->
                (maxIsa == null || gemm.type().isBytes() && gemm.type().isExact()) && (!isOpenCl() || isPlain(gemm));
            case ConvCase conv ->
                !isOpenCl() && (maxIsa == null || problem.type().isBytes()) && supports(conv);
        };
    }

    /** Whether nothing but the backend is pinned, and it has more than products of matrices. */
    private boolean isWhole() {
        return maxIsa == null && !isOpenCl() && stems.isEmpty();
    }

    /** What OpenCL multiplies: bytes and f32, one matrix at a time. */
    private static boolean isPlain(final GemmCase gemm) {
        final GemmType type = gemm.type();
        final boolean floats = type.a() == GemmType.Element.F32 && type.b() == GemmType.Element.F32;
        return (type.isBytes() || floats) && !type.isGrouped() && !gemm.isBatched();
    }

    /** The most promising kernel, for the problem's rows, that begins as asked. */
    private String kernel(final OperationCase problem) {
        try (Engine engine =
                Engine.builder().threads(1).device(device).maxIsa(maxIsa).build()) {
            return engine.candidates(problem.operation(), problem.rows()).stream()
                    .map(Candidate::kernel)
                    .filter(kernel -> kernel.startsWith(stems))
                    .findFirst()
                    .orElse("");
        }
    }

    private boolean isOpenCl() {
        return backend.equals("opencl");
    }

    private boolean supports(final OperationCase problem) {
        return !kernel(problem).isEmpty();
    }

    /** PoCL has worker threads of its own. */
    @Override
    public Map<String, String> environment(final int threads) {
        return device.startsWith("opencl:cpu") ? Map.of("POCL_MAX_PTHREAD_COUNT", Integer.toString(threads)) : Map.of();
    }

    @Override
    public Session open(final int threads) {
        try {
            return new TernSession(threads);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** An engine whose measurements are its own: what earlier runs found is neither used nor changed. */
    private final class TernSession implements Session {
        private final Path folder = Files.createTempDirectory("tern-bench");
        private final int threads;
        private Engine engine;
        private String pinned = "";

        TernSession(final int threads) throws IOException {
            this.threads = threads;
            engine = engine();
        }

        private Engine engine() {
            return Engine.builder()
                    .threads(threads)
                    .device(device)
                    .maxIsa(maxIsa)
                    .kernel(pinned)
                    .tuning(Tuning.MEASURE)
                    .cache(folder.resolve("tuning"))
                    .build();
        }

        @Override
        public Prepared prepare(final BenchCase problem, final Inputs inputs) {
            return switch (problem) {
                case TrainingCase training -> {
                    final Prepared steps = new TernTraining(engine, training, inputs);
                    TrainingCase.warmUp(steps::run);
                    yield steps;
                }
                case OperationCase operation -> {
                    if (!stems.isEmpty()) {
                        pin(kernel(operation));
                    }
                    yield new TernPlan(engine, device, operation, inputs);
                }
            };
        }

        private void pin(final String kernel) {
            if (!pinned.equals(kernel)) {
                engine.close();
                pinned = kernel;
                engine = engine();
            }
        }

        @Override
        public void close() {
            engine.close();
            try (var files = Files.list(folder)) {
                for (final Path file : files.toList()) {
                    Files.delete(file);
                }
                Files.delete(folder);
            } catch (final IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
