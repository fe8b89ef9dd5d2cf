package dev.tern;

import static dev.tern.DataType.B1;
import static dev.tern.DataType.F32;
import static dev.tern.DataType.S2;
import static dev.tern.DataType.S32;
import static dev.tern.DataType.S4;
import static dev.tern.DataType.S8;

/** What a {@link Gemm} and its tensors must keep to. */
final class GemmRules {
    private static final int LONGEST_NARROW = 1 << 16;

    private GemmRules() {}

    static void check(final Gemm gemm) {
        Require.that(gemm.n() >= 0, "n", gemm.n(), "at least 0");
        Require.that(gemm.k() >= 0, "k", gemm.k(), "at least 0");
        if (gemm.isQuantized()) {
            checkQuantized(gemm);
        } else {
            Require.that(
                    gemm.aType() == F32 && gemm.bType() == F32 && gemm.yType() == F32,
                    "types",
                    gemm.aType() + ", " + gemm.bType() + ", " + gemm.yType(),
                    "F32 throughout, or S8|U8, S8|S4|S2, S32|F32|S8|U8, or B1, B1, S32|F32|S8|U8");
        }
        checkEpilogue(gemm);
    }

    private static void checkQuantized(final Gemm gemm) {
        if (gemm.aType() == B1) {
            checkSigns(gemm);
        } else {
            Require.that(gemm.aType().isByte(), "a type", gemm.aType(), "F32, S8, U8 or B1");
            checkWeights(gemm);
        }
        Require.that(
                gemm.yType() == S32 || gemm.yType() == F32 || gemm.yType().isByte(),
                "y type",
                gemm.yType(),
                "S32, F32, S8 or U8");
        Require.that(gemm.layout() != Layout.TN, "layout", gemm.layout(), "NN or NT for integer operands");
        requirePerTensor(gemm.aQuantization(), "a quantization");
        requirePerTensor(gemm.yQuantization(), "y quantization");
        final int channels = gemm.bQuantization().channels();
        Require.that(
                channels == 1 || channels == gemm.n(),
                "b quantization",
                channels + " channels",
                "1 or n = " + gemm.n());
        gemm.aQuantization().requireWithin(gemm.aType(), "a");
        gemm.bQuantization().requireWithin(gemm.bType(), "b");
        if (gemm.yType().isByte()) {
            gemm.yQuantization().requireWithin(gemm.yType(), "y");
        }
        for (int c = 0; c < channels; c++) {
            final float multiplier = gemm.multiplier(c);
            Require.that(
                    multiplier > 0 && multiplier < Float.POSITIVE_INFINITY,
                    "scales",
                    "a multiplier of " + multiplier,
                    "scales whose product and quotient are positive and finite");
        }
    }

    /** Narrow weights are multiplied at the top of a byte, where sums are the larger by the width that lies below. */
    private static void checkWeights(final Gemm gemm) {
        final DataType type = gemm.bType();
        Require.that(type == S8 || type == S4 || type == S2, "b type", type, "S8, S4 or S2");
        Require.that(
                type == S8 || gemm.k() <= LONGEST_NARROW,
                "k",
                gemm.k(),
                "at most " + LONGEST_NARROW + " beside weights of " + type);
    }

    private static void checkSigns(final Gemm gemm) {
        Require.that(gemm.bType() == B1, "b type", gemm.bType(), "B1 beside B1");
        Require.that(gemm.layout() == Layout.NT, "layout", gemm.layout(), "NT for signs: both packed along k");
        Require.that(gemm.aQuantization().isSymmetric(), "a zeroPoint", gemm.aQuantization(), "0 for signs");
        Require.that(gemm.bQuantization().isSymmetric(), "b zeroPoint", gemm.bQuantization(), "0 for signs");
    }

    private static void requirePerTensor(final Quantization quantization, final String argument) {
        Require.that(!quantization.isPerChannel(), argument, quantization, "one scale for the tensor");
    }

    private static void checkEpilogue(final Gemm gemm) {
        final float[] floats = gemm.floatBias();
        final int[] ints = gemm.intBias();
        final int length = floats != null ? floats.length : ints != null ? ints.length : gemm.n();
        Require.that(length == gemm.n(), "bias", length + " values", "n = " + gemm.n());
        Require.that(floats == null || !gemm.isQuantized(), "bias", "floats", "ints for integer operands");
        Require.that(ints == null || gemm.isQuantized(), "bias", "ints", "floats for F32 operands");
        Require.that(!gemm.clamps() || gemm.yType() != S32, "clamp", "with an S32 output", "with F32, S8 or U8");
        Require.that(!gemm.clamps() || !gemm.accumulates(), "clamp", "together with accumulate", "one of the two");
        Require.that(
                !gemm.accumulates() || !gemm.yType().isByte(), "accumulate", "with y " + gemm.yType(), "S32 or F32");
    }

    /** Checks a run; b is null where weights are packed. */
    static void checkRun(final Gemm gemm, final Tensor a, final Tensor b, final Tensor y) {
        Require.notNull(a, "a");
        Require.notNull(y, "y");
        requireMatrix(a, gemm.aType(), "a");
        requireMatrix(y, gemm.yType(), "y");
        final boolean transposed = gemm.layout().transposesA();
        final int terms = transposed ? 0 : 1;
        requireLength(a, terms, gemm.k(), "a", "k");
        requireLength(y, 1, gemm.n(), "y", "n");
        requireLength(y, 0, a.length(1 - terms), "y", "m, the rows of a");
        Tensors.requireApart(a, y, "a");
        if (b != null) {
            checkB(gemm, b, "b");
            Tensors.requireApart(b, y, "b");
        }
    }

    static void checkB(final Gemm gemm, final Tensor b, final String name) {
        requireMatrix(b, gemm.bType(), name);
        final int terms = gemm.layout().transposesB() ? 1 : 0;
        requireLength(b, terms, gemm.k(), name, "k");
        requireLength(b, 1 - terms, gemm.n(), name, "n");
    }

    private static void requireMatrix(final Tensor tensor, final DataType type, final String name) {
        if (tensor.type() != type) {
            throw Require.refuse(name + " type", tensor.type(), type.toString());
        }
        if (tensor.shape().rank() != 2) {
            throw Require.refuse(name + " shape", tensor.shape(), "two dimensions");
        }
    }

    private static void requireLength(
            final Tensor tensor, final int dimension, final long length, final String name, final String meaning) {
        if (tensor.length(dimension) != length) {
            throw Require.refuse(
                    name + " shape",
                    tensor.shape(),
                    "length " + length + " (" + meaning + ") in dimension " + dimension);
        }
    }
}
