package dev.tern.bench.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.bench.BenchCase;
import dev.tern.bench.BenchSystem;
import dev.tern.bench.ConvCase;
import dev.tern.bench.ConvType;
import dev.tern.bench.GemmCase;
import dev.tern.bench.GemmType;
import dev.tern.bench.Inputs;
import dev.tern.bench.Prepared;
import dev.tern.bench.SparseCase;
import dev.tern.bench.SparseType;
import java.lang.foreign.Arena;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Runs each peer on a ragged shape in every type that it takes; {@code scripts/bench gemm --smoke} and {@code conv
 * --smoke} do so as in a run.
 */
class PeersTest {

    @Test
    void shouldComputeWhatTheTypeSays() {
        for (final BenchSystem system : new Peers().systems()) {
            final Set<String> ran = new TreeSet<>();
            try (BenchSystem.Session session = system.open(2)) {
                problems().filter(system::takes).forEach(problem -> {
                    check(session, problem, system.label());
                    ran.add(problem.op() + " " + problem.type().label());
                });
            }
            assertTrue(ran.containsAll(Set.of("gemm u8s8s32", "gemm s8s8s32", "conv u8s8u8")), system.label());
        }
    }

    private static Stream<BenchCase> problems() {
        final Stream<BenchCase> products = Stream.of(GemmType.values()).map(type -> new GemmCase(type, 5, 7, 11));
        final Stream<BenchCase> convolutions = Stream.of("2x7x9x5-6-3x3s2p1", "1x5x6x16-16-3x3s1p1g16")
                .flatMap(shape -> Stream.of(ConvType.values()).map(type -> ConvCase.of(type, shape)));
        final BenchCase pruned = SparseCase.of(SparseType.of("f32-csr-90%"), "5x8x12");
        return Stream.concat(Stream.concat(products, Stream.of(pruned)), convolutions);
    }

    private static void check(final BenchSystem.Session session, final BenchCase problem, final String label) {
        try (Arena arena = Arena.ofShared()) {
            final Inputs inputs = Inputs.random(problem, arena);
            try (Prepared prepared = session.prepare(problem, inputs)) {
                prepared.run();
                final int elements =
                        (int) (problem.bytesY() / problem.type().y().bytes(1));
                for (int i = 0; i < elements; i++) {
                    final double want = element(problem, inputs, i);
                    assertEquals(
                            want,
                            problem.type().y().at(prepared.output(), 0, i, elements),
                            1e-5,
                            label + " " + problem + i);
                }
            }
        }
    }

    private static double element(final BenchCase problem, final Inputs inputs, final int index) {
        return switch (problem) {
            case GemmCase gemm -> element(gemm, inputs, index / gemm.n(), index % gemm.n());
            case SparseCase sparse -> element(sparse.inDenseFloats(), inputs, index / sparse.n(), index % sparse.n());
            case ConvCase conv ->
                conv.finish(index % conv.filters(), sum(conv, inputs, index / conv.filters(), index % conv.filters()));
        };
    }

    private static double element(final GemmCase gemm, final Inputs inputs, final int row, final int column) {
        double sum = 0;
        for (int k = 0; k < gemm.k(); k++) {
            final GemmType type = gemm.type();
            final double a = type.isTransposedA()
                    ? type.a().at(inputs.a(), k, row, gemm.m())
                    : type.a().at(inputs.a(), row, k, gemm.k());
            final double b = type.isTransposedB()
                    ? type.b().at(inputs.b(), column, k, gemm.k())
                    : type.b().at(inputs.b(), k, column, gemm.n());
            sum += type.group() == 0 ? a * b : a * b * gemm.scale(column, k);
        }
        return sum;
    }

    private static double sum(final ConvCase conv, final Inputs inputs, final int position, final int filter) {
        final int channels = conv.channels() / conv.groups();
        final int first = filter / (conv.filters() / conv.groups()) * channels;
        final int image = position / conv.outputHeight() / conv.outputWidth();
        double sum = 0;
        for (int kh = 0; kh < conv.kernel(); kh++) {
            for (int kw = 0; kw < conv.kernel(); kw++) {
                final int ih =
                        position / conv.outputWidth() % conv.outputHeight() * conv.stride() - conv.padding() + kh;
                final int iw = position % conv.outputWidth() * conv.stride() - conv.padding() + kw;
                final int pixel = (image * conv.height() + ih) * conv.width() + iw;
                final int tap = (filter * conv.kernel() + kh) * conv.kernel() + kw;
                for (int c = 0; c < channels && isInside(ih, conv.height()) && isInside(iw, conv.width()); c++) {
                    sum += conv.type().a().at(inputs.a(), pixel, first + c, conv.channels())
                            * conv.type().b().at(inputs.b(), tap, c, channels);
                }
            }
        }
        return sum;
    }

    private static boolean isInside(final int at, final int length) {
        return at >= 0 && at < length;
    }
}
