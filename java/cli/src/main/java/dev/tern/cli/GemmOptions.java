package dev.tern.cli;

import dev.tern.DataType;
import dev.tern.Gemm;
import dev.tern.Layout;
import dev.tern.Quantization;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Option;

/** A GEMM as written on the command line: {@code gemm 128x768x3072 --types u8s8u8}. */
final class GemmOptions {
    private static final Pattern SHAPE = Pattern.compile("(\\d+)x(\\d+)x(\\d+)");
    private static final Pattern TYPE = Pattern.compile("f32|s32|s8|u8|s4|s2|b1");

    @Option(
            names = "--types",
            paramLabel = "ABY",
            defaultValue = "f32f32f32",
            description = "Types of a, b and y: f32f32f32, u8s8s32, u8s8u8, s8s8f32, u8s4s32, b1b1s32 …"
                    + " Default: ${DEFAULT-VALUE}.")
    private String types;

    @Option(
            names = "--layout",
            description = "nn, nt or tn: whether a and b are transposed. Default: nn, and nt for b1.")
    private Layout layout;

    @Option(names = "--unpacked", description = "Both operands come with each run, as in training.")
    private boolean unpacked;

    boolean isUnpacked() {
        return unpacked;
    }

    /** The operation for a shape MxNxK; its number of rows is {@link #rows}. */
    Gemm operation(final String shape) {
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

    private List<DataType> types() {
        final List<DataType> found = new ArrayList<>();
        final Matcher type = TYPE.matcher(types.toLowerCase(Locale.ROOT));
        while (type.find()) {
            found.add(DataType.valueOf(type.group().toUpperCase(Locale.ROOT)));
        }
        if (found.size() != 3) {
            throw new IllegalArgumentException(
                    "types: got " + types + ", allowed: three of f32 s32 s8 u8 s4 s2 b1 in a row");
        }
        return found;
    }
}
