package dev.tern.bench;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;

/** The same numbers with weights of twice the bits, so that a narrow type stands beside the wider one in each turn. */
final class WiderTern implements BenchSystem {
    private final TernSystem tern;

    WiderTern(final TernSystem tern) {
        this.tern = tern;
    }

    @Override
    public String name() {
        return tern.name() + "-wider";
    }

    @Override
    public String backend() {
        return tern.backend();
    }

    @Override
    public boolean takes(final BenchCase problem) {
        return problem instanceof final GemmCase gemm
                && gemm.type().withWiderWeights().isPresent()
                && tern.takes(wider(gemm));
    }

    private static GemmCase wider(final GemmCase gemm) {
        return gemm.in(gemm.type().withWiderWeights().orElseThrow());
    }

    @Override
    public Map<String, String> environment(final int threads) {
        return tern.environment(threads);
    }

    @Override
    public Session open(final int threads) {
        return new WiderSession(tern.open(threads));
    }

    private record WiderSession(Session session) implements Session {

        @Override
        public Prepared prepare(final BenchCase problem, final Inputs inputs) {
            final Arena arena = Arena.ofShared();
            final GemmCase narrow = (GemmCase) problem;
            final GemmCase wide = wider(narrow);
            return new Wide(session.prepare(wide, inputs.widened(narrow, wide.type(), arena)), arena);
        }

        @Override
        public void close() {
            session.close();
        }
    }

    /** Keeps the wide weights as long as they are needed. */
    private record Wide(Prepared prepared, Arena arena) implements Prepared {

        @Override
        public String kernel() {
            return prepared.kernel();
        }

        @Override
        public void run() {
            prepared.run();
        }

        @Override
        public MemorySegment output() {
            return prepared.output();
        }

        @Override
        public void close() {
            prepared.close();
            arena.close();
        }
    }
}
