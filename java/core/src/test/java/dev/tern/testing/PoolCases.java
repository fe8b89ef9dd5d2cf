package dev.tern.testing;

import dev.tern.DataType;
import dev.tern.Pool2d;
import dev.tern.Pool2d.Mode;
import dev.tern.Pool2d.Pass;
import dev.tern.Quantization;
import dev.tern.Window;
import dev.tern.testing.GemmCase.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The cases that every pooling kernel has to pass. */
public final class PoolCases {
    /** Around vectors of floats and of bytes, with residues of all small factors. */
    private static final int[] CHANNELS = {1, 3, 8, 17, 31, 32, 47, 64, 79, 130};

    /** Overlapping, apart, with gaps between, at each kind of border, larger than the image. */
    private static final List<Window> WINDOWS = List.of(
            Window.of(2, 2).stride(2),
            Window.of(3, 3).stride(2).padding(1),
            Window.of(3, 2),
            Window.of(2, 3).stride(1, 2).padding(0, 1, 1, 2),
            Window.of(2, 2).stride(3),
            Window.of(3, 3).dilation(2, 2).padding(2),
            Window.of(1, 1).stride(2, 1),
            Window.of(9, 9).padding(1, 0, 0, 0));

    private PoolCases() {}

    /** Each mode and pass that a type has. */
    public static Stream<Pool2d> kinds(final DataType type) {
        return Stream.of(Mode.values())
                .flatMap(mode -> Stream.of(Pass.values())
                        .filter(pass -> pass == Pass.FORWARD || type == DataType.F32)
                        .map(pass -> new Pool2d(
                                mode, pass, type, 1, 1, 1, Window.of(1, 1), false, Quantization.symmetric(1))));
    }

    /** All windows for one kind of pooling, the sizes, places and gaps taken in turn. */
    public static List<PoolCase> of(final Pool2d kind) {
        final List<PoolCase> cases = new ArrayList<>();
        int turn = 0;
        for (final int channels : CHANNELS) {
            for (final Window window : WINDOWS) {
                cases.add(of(kind, 8 + turn % 4, 8 + turn % 3, channels, window, turn++));
            }
            cases.add(of(kind, 7, 5, channels, Window.of(7, 5), turn++));
        }
        cases.add(of(kind, 23, 25, 40, Window.of(23, 25), turn)); // sums of bytes that leave 16 bits
        return cases;
    }

    private static PoolCase of(
            final Pool2d kind,
            final int height,
            final int width,
            final int channels,
            final Window window,
            final int turn) {
        final DataType type = kind.type();
        final int[] zeroPoints = type.isByte() ? new int[] {type.min(), type.max(), 5} : new int[] {0};
        final Pool2d pool = new Pool2d(
                kind.mode(),
                kind.pass(),
                type,
                height,
                width,
                channels,
                window,
                turn % 2 == 1,
                Quantization.perTensor(0.1f, zeroPoints[turn % zeroPoints.length]));
        return new PoolCase(pool, turn % 4, turn % 3 * 2, Place.values()[turn / 2 % Place.values().length]);
    }
}
