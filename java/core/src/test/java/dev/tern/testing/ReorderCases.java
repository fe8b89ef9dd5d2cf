package dev.tern.testing;

import dev.tern.DataType;
import dev.tern.ImageLayout;
import dev.tern.Quantization;
import dev.tern.Reorder;
import dev.tern.testing.GemmCase.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The cases that every reordering kernel has to pass. */
public final class ReorderCases {
    /** Around tiles, vectors and bytes of signs. */
    private static final int[] CHANNELS = {1, 3, 8, 15, 16, 17, 32, 33, 64, 70};

    private static final int[] WIDTHS = {1, 5, 16, 19, 35};
    private static final float[] SCALES = {1, 0.1f, 0x1p-7f, 3e-5f};

    private ReorderCases() {}

    /** Each pair of types, in each pair of layouts that it has. */
    public static Stream<Reorder> kinds() {
        final Quantization one = Quantization.symmetric(1);
        final Reorder plain = Reorder.rows(1);
        return Stream.of(
                        plain,
                        plain.types(DataType.U8, DataType.U8),
                        plain.types(DataType.S8, DataType.S8),
                        plain.types(DataType.F32, DataType.U8, one),
                        plain.types(DataType.F32, DataType.S8, one),
                        plain.types(DataType.U8, DataType.F32, one),
                        plain.types(DataType.S8, DataType.F32, one),
                        plain.types(DataType.F32, DataType.B1))
                .flatMap(ReorderCases::layouts);
    }

    private static Stream<Reorder> layouts(final Reorder kind) {
        return Stream.of(ImageLayout.values())
                .flatMap(from -> Stream.of(ImageLayout.values())
                        .filter(to -> to == ImageLayout.NHWC || kind.toType() != DataType.B1)
                        .map(to -> kind.layouts(from, to)));
    }

    /** All sizes for one kind of reordering; scales, zero points, places and gaps taken in turn. */
    public static List<ReorderCase> of(final Reorder kind) {
        final List<ReorderCase> cases = new ArrayList<>();
        int turn = 0;
        for (final int channels : CHANNELS) {
            for (final int width : WIDTHS) {
                cases.add(of(kind, 1 + turn % 4, width, channels, turn++));
            }
        }
        cases.add(of(kind, 61, 67, 40, 2)); // enough for several threads
        return cases;
    }

    private static ReorderCase of(
            final Reorder kind, final int height, final int width, final int channels, final int turn) {
        final boolean signed = kind.fromType() == DataType.S8 || kind.toType() == DataType.S8;
        final int[] zeroPoints = signed ? new int[] {0, -128, 127, 5} : new int[] {0, 255, 128, 5};
        final Quantization quantization =
                Quantization.perTensor(SCALES[turn / 3 % SCALES.length], zeroPoints[turn % zeroPoints.length]);
        final Reorder reorder = new Reorder(
                height, width, channels, kind.from(), kind.to(), kind.fromType(), kind.toType(), quantization);
        return new ReorderCase(reorder, turn % 4, turn % 3 * 2, Place.values()[turn / 2 % Place.values().length]);
    }
}
