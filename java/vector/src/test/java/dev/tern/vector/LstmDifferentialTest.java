package dev.tern.vector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.DataType;
import dev.tern.Engine;
import dev.tern.testing.LstmCases;
import dev.tern.testing.LstmDifferential;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The layers at this process's width against the reference. The build runs it at each width. */
@EnabledIf("dev.tern.vector.HardwareWidth#isThere")
class LstmDifferentialTest {
    private static final double ULPS = 3;
    private static final double LEAST_SIGMOID = 3.98e-31; // below its argument -70
    private static final int STEP = 65_521; // every so many floats, of which there are 2^32

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"F32", "U8", "S8"})
    void shouldAgreeWithTheReference(final DataType x) {
        try (Engine alone = Engine.builder().device("cpu:vector").threads(1).build();
                Engine together =
                        Engine.builder().device("cpu:vector").threads(3).build();
                LstmDifferential differential = new LstmDifferential(alone, together)) {
            LstmCases.of(x).forEach(differential::check);
        }
    }

    @Test
    void shouldKeepTheBoundOfSigmoidAndTanh() {
        final float[] x = new float[VectorWidth.LANES];
        int held = 0;
        for (long bits = 0; bits < 1L << 32; bits += STEP) {
            x[held++] = Float.intBitsToFloat((int) bits);
            if (held == x.length) {
                check(x);
                held = 0;
            }
        }
        Arrays.fill(x, 1);
        final float[] ends = {0, -0f, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.NaN, Float.MIN_VALUE};
        for (final float end : ends) {
            x[0] = end;
            check(x);
        }
    }

    private static void check(final float[] x) {
        final float[] sigmoid = x.clone();
        final float[] tanh = x.clone();
        Activations.sigmoid(sigmoid, 0, x.length);
        Activations.tanh(tanh, 0, x.length);
        for (int i = 0; i < x.length; i++) {
            if (Float.isNaN(x[i])) {
                assertTrue(Float.isNaN(sigmoid[i]) && Float.isNaN(tanh[i]), "NaN");
                continue;
            }
            final double exact = 1 / (1 + Math.exp(-(double) x[i]));
            final double least = x[i] < -70 ? LEAST_SIGMOID : 0;
            requireNear("sigmoid", x[i], sigmoid[i], exact, least);
            requireNear("tanh", x[i], tanh[i], Math.tanh(x[i]), 0);
            assertEquals(Math.signum(x[i]), Math.signum(tanh[i]));
        }
    }

    private static void requireNear(
            final String what, final float x, final float got, final double exact, final double least) {
        final double bound = Math.max(ULPS * Math.ulp((float) exact), least);
        assertTrue(Math.abs(got - exact) <= bound, () -> what + " of " + x + " is " + got + ", not " + exact);
    }
}
