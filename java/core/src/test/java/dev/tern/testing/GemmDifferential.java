package dev.tern.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.DataType;
import dev.tern.Engine;
import dev.tern.Explanation;
import dev.tern.Gemm;
import dev.tern.PackedWeights;
import dev.tern.Tensor;
import java.util.List;
import java.util.function.LongFunction;
import java.util.function.Supplier;

/** Holds the GEMM of engines to the reference: integers equal, f32 within the bound of any order of summation. */
public final class GemmDifferential implements AutoCloseable {
    private static final double UNIT_ROUNDOFF = 0x1p-24;

    private final Engine reference =
            Engine.builder().device("cpu:reference").threads(1).build();
    private final List<Engine> tested;

    /** The tested engines stay the caller's. */
    public GemmDifferential(final Engine... tested) {
        this.tested = List.of(tested);
    }

    /** With b as packed weights. */
    public void checkPacked(final GemmCase test) {
        final Tensor expected = packed(reference, test);
        tested.forEach(engine -> compare(test, engine, expected, packed(engine, test)));
    }

    private static Tensor packed(final Engine engine, final GemmCase test) {
        final Tensor y = test.y();
        try (PackedWeights weights = engine.pack(test.gemm(), test.b())) {
            engine.compile(weights).run(test.a(), y);
        }
        return y;
    }

    /** With both operands at run time. */
    public void checkUnpacked(final GemmCase test) {
        final Tensor expected = unpacked(reference, test);
        tested.forEach(engine -> compare(test, engine, expected, unpacked(engine, test)));
    }

    private static Tensor unpacked(final Engine engine, final GemmCase test) {
        final Tensor y = test.y();
        engine.compile(test.gemm()).run(test.a(), test.b(), y);
        return y;
    }

    private static void compare(final GemmCase test, final Engine engine, final Tensor expected, final Tensor got) {
        compare(test.gemm(), test.a(), test.b(), expected, got, index -> message(test, engine, index));
    }

    /** Compares all memory of the outputs, so that what lies between rows is seen to be untouched. */
    static void compare(
            final Gemm gemm,
            final Tensor a,
            final Tensor b,
            final Tensor expected,
            final Tensor got,
            final LongFunction<String> describe) {
        final long elements =
                expected.segment().byteSize() * 8 / expected.type().bits();
        final boolean bounded = expected.type() == DataType.F32 && !gemm.isQuantized();
        for (long index = 0; index < elements; index++) {
            final long i = index;
            final Supplier<String> message = () -> describe.apply(i);
            if (bounded) {
                final double bound = bound(gemm, a, b, expected, i);
                final double error = Math.abs((double) expected.floatAt(i) - got.floatAt(i));
                assertTrue(error <= bound, () -> message.get() + ": error " + error + ", bound " + bound);
            } else if (expected.type() == DataType.F32) {
                assertEquals(expected.floatAt(i), got.floatAt(i), message);
            } else {
                assertEquals(expected.integerAt(i), got.integerAt(i), message);
            }
        }
    }

    /** Higham, Accuracy and Stability of Numerical Algorithms, §3.1: gamma(k + 3) times the sum of magnitudes. */
    private static double bound(final Gemm gemm, final Tensor a, final Tensor b, final Tensor y, final long index) {
        final long row = index / y.stride(0);
        final int column = (int) (index % y.stride(0));
        if (column >= gemm.n()) {
            return 0;
        }
        double magnitudes = 1 + (gemm.floatBias() == null ? 0 : Math.abs(gemm.floatBias()[column]));
        for (int k = 0; k < gemm.k(); k++) {
            final long atA = gemm.layout().transposesA() ? k * a.stride(0) + row : row * a.stride(0) + k;
            final long atB = gemm.layout().transposesB() ? column * b.stride(0) + k : k * b.stride(0) + column;
            magnitudes += Math.abs((double) a.floatAt(atA) * b.floatAt(atB));
        }
        final double terms = (gemm.k() + 3) * UNIT_ROUNDOFF;
        return terms / (1 - terms) * magnitudes;
    }

    private static String message(final GemmCase test, final Engine engine, final long index) {
        final Explanation explanation = engine.compile(test.gemm()).explain(test.rows());
        return explanation.chosen().kernel() + ": " + test + " at element " + index;
    }

    @Override
    public void close() {
        reference.close();
    }
}
