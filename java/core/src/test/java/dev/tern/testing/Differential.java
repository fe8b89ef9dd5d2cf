package dev.tern.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.DataType;
import dev.tern.Engine;
import dev.tern.Explanation;
import dev.tern.PackedWeights;
import dev.tern.Plan;
import dev.tern.Tensor;
import java.util.List;
import java.util.function.LongFunction;
import java.util.function.LongToDoubleFunction;
import java.util.function.Supplier;

/** Holds an operation of engines to the reference: integers equal, f32 within the bound of any order of summation. */
public abstract class Differential<C extends OperationCase> implements AutoCloseable {
    /** The bound of sums of integers. */
    static final LongToDoubleFunction EXACT = index -> 0;

    private static final double UNIT_ROUNDOFF = 0x1p-24;

    final Engine reference = Engine.builder().device("cpu:reference").threads(1).build();
    private final List<Engine> tested;

    /** The tested engines stay the caller's. */
    Differential(final Engine... tested) {
        this.tested = List.of(tested);
    }

    /** How far each element of y's memory may be from the reference: 0 in gaps, and for sums of integers. */
    abstract LongToDoubleFunction bound(C test);

    /** Higham, Accuracy and Stability of Numerical Algorithms, §3.1: what n roundings make of a sum of magnitudes. */
    static double gamma(final long n) {
        final double relative = n * UNIT_ROUNDOFF;
        return relative / (1 - relative);
    }

    /** With b as packed weights. */
    public final void checkPacked(final C test) {
        final Tensor expected = packed(reference, test);
        tested.forEach(engine -> compare(test, engine, expected, packed(engine, test)));
    }

    private Tensor packed(final Engine engine, final C test) {
        final Tensor y = test.y();
        try (PackedWeights weights = engine.pack(test.operation(), test.canonicalWeights())) {
            run(engine.compile(weights), true, test, y);
        }
        return y;
    }

    /** With all operands at run time. */
    public final void checkUnpacked(final C test) {
        final Tensor expected = unpacked(reference, test);
        tested.forEach(engine -> compare(test, engine, expected, unpacked(engine, test)));
    }

    private Tensor unpacked(final Engine engine, final C test) {
        final Tensor y = test.y();
        run(engine.compile(test.operation()), false, test, y);
        return y;
    }

    private void run(final Plan plan, final boolean packed, final C test, final Tensor y) {
        if (test.operation().takesB(packed)) {
            plan.run(test.a(), test.b(), y);
        } else {
            plan.run(test.a(), y);
        }
    }

    private void compare(final C test, final Engine engine, final Tensor expected, final Tensor got) {
        compare(expected, got, bound(test), index -> message(test, engine, index));
    }

    /** Compares all memory of the outputs, so that what lies between rows is seen to be untouched. */
    static void compare(
            final Tensor expected,
            final Tensor got,
            final LongToDoubleFunction bound,
            final LongFunction<String> describe) {
        final long elements =
                expected.segment().byteSize() * 8 / expected.type().bits();
        for (long index = 0; index < elements; index++) {
            final long i = index;
            if (expected.type() == DataType.F32) {
                compareFloats(expected.floatAt(i), got.floatAt(i), bound.applyAsDouble(i), () -> describe.apply(i));
            } else {
                assertEquals(expected.integerAt(i), got.integerAt(i), () -> describe.apply(i));
            }
        }
    }

    private static void compareFloats(
            final float expected, final float got, final double bound, final Supplier<String> describe) {
        if (bound == 0) {
            assertEquals(expected, got, describe);
            return;
        }
        final double error = Math.abs((double) expected - got);
        assertTrue(error <= bound, () -> describe.get() + ": error " + error + ", bound " + bound);
    }

    private String message(final C test, final Engine engine, final long index) {
        try (PackedWeights weights = engine.pack(test.operation(), test.canonicalWeights())) {
            final Explanation explanation = engine.compile(weights).explain(test.rows());
            return explanation.chosen().kernel() + ": " + test + " at element " + index;
        }
    }

    @Override
    public final void close() {
        reference.close();
    }
}
