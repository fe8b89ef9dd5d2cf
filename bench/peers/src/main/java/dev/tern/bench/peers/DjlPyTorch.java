package dev.tern.bench.peers;

import dev.tern.bench.BenchCase;
import dev.tern.bench.BenchSystem;
import dev.tern.bench.Inputs;
import dev.tern.bench.Prepared;
import dev.tern.bench.TrainingCase;
import java.util.Map;
import java.util.Set;

/** What a user of the JVM would otherwise train with: DJL's blocks, loss and Adam on PyTorch's CPU library. */
final class DjlPyTorch implements BenchSystem {
    private static final Set<String> MODELS = Set.of("mlp", "cnn", "lstm");

    @Override
    public String name() {
        return "djl-pytorch";
    }

    @Override
    public String backend() {
        return "cpu";
    }

    @Override
    public boolean takes(final BenchCase problem) {
        return problem instanceof final TrainingCase training && MODELS.contains(training.model());
    }

    /** All that it needs is on the class path. */
    @Override
    public Map<String, String> environment(final int threads) {
        return Map.of("OMP_NUM_THREADS", Integer.toString(threads), "DJL_OFFLINE", "true", "OPT_OUT_TRACKING", "true");
    }

    @Override
    public Session open(final int threads) {
        System.setProperty("ai.djl.pytorch.num_threads", Integer.toString(threads));
        return new DjlSession();
    }

    private static final class DjlSession implements Session {
        @Override
        public Prepared prepare(final BenchCase problem, final Inputs inputs) {
            final Prepared steps = new DjlTraining((TrainingCase) problem, inputs);
            TrainingCase.warmUp(steps::run);
            return steps;
        }

        @Override
        public void close() {}
    }
}
