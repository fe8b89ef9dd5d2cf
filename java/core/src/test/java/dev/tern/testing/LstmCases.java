package dev.tern.testing;

import dev.tern.DataType;
import dev.tern.Lstm;
import dev.tern.Quantization;
import dev.tern.testing.GemmCase.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/** The cases that every LSTM has to pass: ragged sizes, no steps, one row, gates at their ends. */
public final class LstmCases {
    /** Inputs, hidden, steps, batch. */
    private static final int[][] SIZES = {
        {1, 1, 1, 1},
        {3, 1, 4, 2},
        {5, 7, 3, 1},
        {28, 16, 5, 3},
        {17, 33, 2, 5},
        {64, 31, 3, 17},
        {9, 65, 6, 2},
        {28, 128, 7, 1},
        {28, 64, 3, 40},
        {2, 40, 0, 3},
        {4, 3, 2, 0}
    };

    private LstmCases() {}

    /** With x of F32, U8 or S8; state, gaps, places and sizes of x in turn. */
    public static List<LstmCase> of(final DataType x) {
        final List<LstmCase> cases = new ArrayList<>();
        int turn = 0;
        for (final int[] sizes : SIZES) {
            for (int i = 0; i < 4; i++) {
                final Lstm lstm = layer(x, sizes[0], sizes[1], turn);
                final Place place = Place.values()[turn % Place.values().length];
                final float size = turn % 5 == 4 ? 300 : 1;
                cases.add(new LstmCase(
                        turn % 2 == 0 ? lstm.stateful() : lstm,
                        sizes[2],
                        sizes[3],
                        new int[] {0, 3, 0, 16}[turn % 4],
                        size,
                        place));
                turn++;
            }
        }
        return cases;
    }

    private static Lstm layer(final DataType x, final int inputs, final int hidden, final int turn) {
        final RandomGenerator random =
                RandomGeneratorFactory.of("L64X128MixRandom").create(turn);
        final float[] bias = new float[4 * hidden];
        final float[] scales = new float[4 * hidden];
        for (int i = 0; i < bias.length; i++) {
            bias[i] = random.nextFloat(-1, 1);
            scales[i] = random.nextFloat(0.0005f, 0.005f);
        }
        final Lstm lstm = Lstm.of(inputs, hidden).bias(bias);
        if (x == DataType.F32) {
            return lstm;
        }
        final int zero = x == DataType.U8 ? new int[] {0, 128, 255}[turn % 3] : new int[] {0, -128, 5}[turn % 3];
        final Quantization weights = turn % 3 == 0 ? Quantization.symmetric(0.003f) : Quantization.perChannel(scales);
        return lstm.quantization(x, Quantization.perTensor(turn % 5 == 4 ? 1 : 0.02f, zero), weights);
    }
}
