package dev.tern;

import static dev.tern.DataType.B1;
import static dev.tern.DataType.BF16;
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
        } else if (gemm.bType().isInteger()) {
            checkFloatActivations(gemm);
        } else {
            checkFloats(gemm);
        }
        checkEpilogue(gemm);
    }

    private static void checkFloats(final Gemm gemm) {
        final DataType type = gemm.aType();
        Require.that(
                (type == F32 || type == BF16) && gemm.bType() == type && gemm.yType() == F32,
                "types",
                type + ", " + gemm.bType() + ", " + gemm.yType(),
                "F32, F32|S8|S4|S2|B1, F32, or BF16, BF16, F32, or S8|U8, S8|S4|S2|B1, S32|F32|S8|U8,"
                        + " or B1, B1, S32|F32|S8|U8");
        Require.that(type == F32 || gemm.layout() != Layout.TN, "layout", gemm.layout(), "NN or NT for BF16");
    }

    private static void checkFloatActivations(final Gemm gemm) {
        Require.that(gemm.aType() == F32, "a type", gemm.aType(), "F32, S8, U8 or B1");
        Require.that(gemm.yType() == F32, "y type", gemm.yType(), "F32 for F32 activations");
        Require.that(
                gemm.aQuantization().equals(Quantization.symmetric(1)),
                "a quantization",
                gemm.aQuantization(),
                "none for F32 activations");
        checkWeights(gemm);
        checkWeightScales(gemm);
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
        requirePerTensor(gemm.aQuantization(), "a quantization");
        requirePerTensor(gemm.yQuantization(), "y quantization");
        gemm.aQuantization().requireWithin(gemm.aType(), "a");
        if (gemm.yType().isByte()) {
            gemm.yQuantization().requireWithin(gemm.yType(), "y");
        }
        checkWeightScales(gemm);
        if (gemm.bQuantization().isPerGroup()) {
            Require.that(gemm.yType() == F32, "y type", gemm.yType(), "F32 for scales per group");
            Require.that(gemm.bType() != B1, "b quantization", gemm.bQuantization(), "one scale for a column of signs");
        } else {
            checkMultipliers(gemm);
        }
    }

    private static void checkMultipliers(final Gemm gemm) {
        for (int c = 0; c < gemm.bQuantization().channels(); c++) {
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
        Require.that(type == S8 || type == S4 || type == S2 || type == B1, "b type", type, "S8, S4, S2 or B1");
        Require.that(gemm.layout() != Layout.TN, "layout", gemm.layout(), "NN or NT for integer operands");
        Require.that(
                type == S8 || !gemm.isQuantized() || gemm.k() <= LONGEST_NARROW,
                "k",
                gemm.k(),
                "at most " + LONGEST_NARROW + " beside weights of " + type);
        if (type == B1) {
            checkSignsOfB(gemm);
        }
    }

    private static void checkSigns(final Gemm gemm) {
        Require.that(gemm.bType() == B1, "b type", gemm.bType(), "B1 beside B1");
        Require.that(gemm.aQuantization().isSymmetric(), "a zeroPoint", gemm.aQuantization(), "0 for signs");
        checkSignsOfB(gemm);
    }

    private static void checkSignsOfB(final Gemm gemm) {
        Require.that(gemm.layout() == Layout.NT, "layout", gemm.layout(), "NT for signs: packed along k");
        Require.that(gemm.bQuantization().isSymmetric(), "b zeroPoint", gemm.bQuantization(), "0 for signs");
    }

    private static void checkWeightScales(final Gemm gemm) {
        final Quantization b = gemm.bQuantization();
        Require.that(
                b.channels() == 1 && !b.isPerGroup() || b.channels() == gemm.n(),
                "b quantization",
                b.channels() + " channels",
                "1 or n = " + gemm.n());
        final int groups = b.isPerGroup() ? Math.ceilDiv(gemm.k(), b.groupLength()) : 1;
        Require.that(b.groups() == groups, "b quantization", b.groups() + " groups", groups + " for k = " + gemm.k());
        b.requireWithin(gemm.bType(), "b");
    }

    private static void requirePerTensor(final Quantization quantization, final String argument) {
        Require.that(!quantization.isPerChannel(), argument, quantization, "one scale for the tensor");
    }

    private static void checkEpilogue(final Gemm gemm) {
        final float[] floats = gemm.floatBias();
        final int[] ints = gemm.intBias();
        final int length = floats != null ? floats.length : ints != null ? ints.length : gemm.n();
        Require.that(length == gemm.n(), "bias", length + " values", "n = " + gemm.n());
        final boolean sumsFloats = !gemm.isQuantized() || gemm.scalesWeights();
        Require.that(floats == null || sumsFloats, "bias", "floats", "ints for integer sums");
        Require.that(ints == null || !sumsFloats, "bias", "ints", "floats for F32 sums");
        Require.that(
                !gemm.scalesRows() || gemm.isQuantized() && !gemm.scalesWeights() && gemm.yType() == F32,
                "scaleRows",
                gemm.typeWord() + (gemm.scalesWeights() ? " with scales for groups of k" : ""),
                "integer sums, an F32 output and one scale for a column");
        Require.that(!gemm.clamps() || gemm.yType() != S32, "clamp", "with an S32 output", "with F32, S8 or U8");
        Require.that(!gemm.clamps() || !gemm.accumulates(), "clamp", "together with accumulate", "one of the two");
        Require.that(
                !gemm.accumulates() || !gemm.yType().isByte(), "accumulate", "with y " + gemm.yType(), "S32 or F32");
    }

    /** Checks a run; b is null where weights are packed, unless it has the scales of the rows. */
    static void checkRun(final Gemm gemm, final Tensor a, final Tensor b, final Tensor y) {
        final Tensor weights = gemm.scalesRows() ? null : b;
        requireMatrix(a, gemm.aType(), "a");
        requireMatrix(y, gemm.yType(), "y");
        if (weights != null) {
            requireMatrix(weights, gemm.bType(), "b");
        }
        checkLengths(gemm, a, weights, y);
        if (gemm.scalesRows()) {
            requireType(b, F32, "b");
            if (b.shape().rank() != 1 || b.length(0) != y.length(0)) {
                throw Require.refuse("b shape", b.shape(), Shape.of(y.length(0)) + ", the scales of the rows");
            }
            Tensors.requireApart(b, y, "b");
        }
    }

    /** The same for matrices of a batch. */
    static void checkRun(final BatchedGemm batched, final Tensor a, final Tensor b, final Tensor y) {
        final Gemm gemm = batched.product();
        requireOneOrBatch(a, gemm.aType(), batched.batch(), "a");
        requireBatch(y, gemm.yType(), batched.batch(), "y");
        if (b != null) {
            requireOneOrBatch(b, gemm.bType(), batched.batch(), "b");
        }
        checkLengths(gemm, a, b, y);
    }

    /** Those of the last two dimensions. */
    private static void checkLengths(final Gemm gemm, final Tensor a, final Tensor b, final Tensor y) {
        final int terms = gemm.layout().transposesA() ? 0 : 1;
        requireLength(a, terms, gemm.k(), "a", "k");
        requireLength(y, 1, gemm.n(), "y", "n");
        requireLength(y, 0, a.length(dimension(a, 1 - terms)), "y", "m, the rows of a");
        Tensors.requireApart(a, y, "a");
        if (b != null) {
            checkLengthsOfB(gemm, b, "b");
            Tensors.requireApart(b, y, "b");
        }
    }

    static void checkB(final Gemm gemm, final Tensor b, final String name) {
        requireMatrix(b, gemm.bType(), name);
        checkLengthsOfB(gemm, b, name);
    }

    private static void checkLengthsOfB(final Gemm gemm, final Tensor b, final String name) {
        final int terms = gemm.layout().transposesB() ? 1 : 0;
        requireLength(b, terms, gemm.k(), name, "k");
        requireLength(b, 1 - terms, gemm.n(), name, "n");
    }

    private static void requireMatrix(final Tensor tensor, final DataType type, final String name) {
        requireType(tensor, type, name);
        if (tensor.shape().rank() != 2) {
            throw Require.refuse(name + " shape", tensor.shape(), "two dimensions");
        }
    }

    private static void requireOneOrBatch(
            final Tensor tensor, final DataType type, final int batch, final String name) {
        requireType(tensor, type, name);
        if (tensor.shape().rank() != 2) {
            requireBatch(tensor, type, batch, name);
        }
    }

    private static void requireBatch(final Tensor tensor, final DataType type, final int batch, final String name) {
        requireType(tensor, type, name);
        final int rank = tensor.shape().rank();
        if (rank != 3 || tensor.length(0) != batch) {
            final String one = name.equals("y") ? "" : ", or two for all of the batch";
            throw Require.refuse(
                    name + " shape", tensor.shape(), "three dimensions, the first of length " + batch + one);
        }
    }

    private static void requireType(final Tensor tensor, final DataType type, final String name) {
        if (Require.notNull(tensor, name).type() != type) {
            throw Require.refuse(name + " type", tensor.type(), type.toString());
        }
    }

    /** Of a dimension of a matrix, that of a tensor whose last two are it. */
    private static int dimension(final Tensor tensor, final int ofMatrix) {
        return tensor.shape().rank() - 2 + ofMatrix;
    }

    private static void requireLength(
            final Tensor tensor, final int ofMatrix, final long length, final String name, final String meaning) {
        final int dimension = dimension(tensor, ofMatrix);
        if (tensor.length(dimension) != length) {
            throw Require.refuse(
                    name + " shape",
                    tensor.shape(),
                    "length " + length + " (" + meaning + ") in dimension " + dimension);
        }
    }
}
