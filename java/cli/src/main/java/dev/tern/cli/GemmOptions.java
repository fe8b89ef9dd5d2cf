package dev.tern.cli;

import dev.tern.BatchedGemm;
import dev.tern.DataType;
import dev.tern.Gemm;
import dev.tern.Layout;
import dev.tern.Operation;
import dev.tern.Quantization;
import dev.tern.Shape;
import dev.tern.SparseMatrix;
import dev.tern.Sparsity;
import dev.tern.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Option;

/**
 * A GEMM, a batch of them, or one with sparse weights, as on the command line: {@code gemm 128x768x3072 --types
 * u8s8u8}.
 */
final class GemmOptions {
    private static final Pattern SHAPE = Pattern.compile("(\\d+)x(\\d+)x(\\d+)");
    private static final Pattern TYPE = Pattern.compile("bf16|f32|s32|s8|u8|s4|s2|b1");

    @Option(
            names = "--types",
            paramLabel = "ABY",
            defaultValue = "f32f32f32",
            description = "Types of a, b and y: f32f32f32, u8s8s32, u8s8u8, s8s8f32, u8s4s32, b1b1s32, bf16bf16f32 …"
                    + " Default: ${DEFAULT-VALUE}.")
    private String types;

    @Option(
            names = "--layout",
            description = "nn, nt or tn: whether a and b are transposed. Default: nn, and nt for b1.")
    private Layout layout;

    @Option(names = "--unpacked", description = "Both operands come with each run, as in training.")
    private boolean unpacked;

    @Option(
            names = "--sparsity",
            defaultValue = "csr",
            description = "Of spmm: csr, 1x4, 2:4 or 1:4. Default: ${DEFAULT-VALUE}.")
    private String sparsity;

    @Option(
            names = "--density",
            defaultValue = "0.1",
            description = "Of spmm: the share of weights that is stored. Default: ${DEFAULT-VALUE}.")
    private double density;

    @Option(names = "--batch", description = "Of gemm: a batch of so many products of the shape.")
    private Integer batch;

    boolean isUnpacked() {
        return unpacked;
    }

    /** The operation for a shape MxNxK; its number of rows is {@link #rows}. */
    Operation operation(final String shape) {
        return batch == null ? gemm(shape) : BatchedGemm.of(batch, gemm(shape));
    }

    private Gemm gemm(final String shape) {
        final Matcher mnk = matcher(shape);
        final List<DataType> abc = types();
        final Gemm typed = Gemm.of(Integer.parseInt(mnk.group(2)), Integer.parseInt(mnk.group(3)))
                .types(abc.get(0), abc.get(1), abc.get(2));
        final Gemm gemm = layout == null ? typed : typed.layout(layout);
        final Quantization wide = Quantization.symmetric(gemm.k() + 1f);
        return gemm.yType().isByte()
                ? gemm.quantization(Quantization.symmetric(1), Quantization.symmetric(1), wide)
                : gemm;
    }

    /** The same with weights that are [n, k]. */
    Gemm product(final String shape) {
        return gemm(shape).layout(Layout.NT);
    }

    /** Random weights of the density, as far as the structure allows it. */
    SparseMatrix sparseWeights(final String shape) {
        final Gemm gemm = product(shape);
        final Sparsity structure = Sparsity.of(sparsity);
        final Tensor weights = Tensor.random(gemm.bType(), Shape.of(gemm.n(), gemm.k()), RandomGenerator.getDefault());
        return SparseMatrix.of(structure, weights, mask(structure, weights));
    }

    private Tensor mask(final Sparsity structure, final Tensor weights) {
        final RandomGenerator random = RandomGenerator.getDefault();
        final int columns = Math.toIntExact(weights.length(1));
        final byte[] kept = new byte[Math.toIntExact(weights.shape().elements())];
        for (int row = 0; row < weights.length(0); row++) {
            for (int column = 0; column < columns; column++) {
                final int within = column % Sparsity.GROUP;
                final boolean begins = within % structure.blockWidth() == 0;
                final boolean keep = begins
                        ? within < structure.mostOfGroup()
                                && random.nextDouble() * structure.mostOfGroup() < density * Sparsity.GROUP
                        : kept[row * columns + column - 1] != 0;
                kept[row * columns + column] = (byte) (keep ? 1 : 0);
            }
        }
        return Tensor.of(DataType.U8, weights.shape(), kept);
    }

    long rows(final String shape) {
        return Long.parseLong(matcher(shape).group(1));
    }

    private static Matcher matcher(final String shape) {
        final Matcher mnk = SHAPE.matcher(shape);
        if (!mnk.matches()) {
            throw new IllegalArgumentException("shape: got " + shape + ", allowed: MxNxK, such as 128x768x3072");
        }
        return mnk;
    }

    List<DataType> types() {
        final List<DataType> found = new ArrayList<>();
        final Matcher type = TYPE.matcher(types.toLowerCase(Locale.ROOT));
        while (type.find()) {
            found.add(DataType.valueOf(type.group().toUpperCase(Locale.ROOT)));
        }
        if (found.size() != 3) {
            throw new IllegalArgumentException(
                    "types: got " + types + ", allowed: three of f32 bf16 s32 s8 u8 s4 s2 b1 in a row");
        }
        return found;
    }
}
