package dev.tern.distributed;

import dev.tern.DataType;
import dev.tern.Shape;
import dev.tern.Tensor;
import dev.tern.nn.Ranks;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Objects;

/** The ranks of a {@link Communicator}, as training sees them. */
class CommunicatorRanks implements Ranks {
    private final Communicator communicator;
    private final Tensor number = Tensor.allocate(DataType.F32, Shape.of(1));

    CommunicatorRanks(final Communicator communicator) {
        this.communicator = Objects.requireNonNull(communicator, "communicator");
    }

    final Communicator communicator() {
        return communicator;
    }

    @Override
    public final int rank() {
        return communicator.rank();
    }

    @Override
    public final int size() {
        return communicator.size();
    }

    @Override
    public final double sum(final double value) {
        number.segment().set(ValueLayout.JAVA_FLOAT, 0, (float) value);
        communicator.allReduce(number);
        return number.segment().get(ValueLayout.JAVA_FLOAT, 0);
    }

    @Override
    public final float[] join(final float[] mine) {
        final int[] lengths = lengths(mine.length);
        if (isFirst()) {
            return received(mine, lengths);
        }
        if (mine.length > 0) {
            communicator.send(Tensor.of(Shape.of(mine.length), mine), 0);
        }
        return new float[0];
    }

    private float[] received(final float[] first, final int[] lengths) {
        final float[] all = Arrays.copyOf(first, Arrays.stream(lengths).sum());
        int at = first.length;
        for (int rank = 1; rank < lengths.length; rank++) {
            if (lengths[rank] > 0) {
                final Tensor theirs = Tensor.allocate(DataType.F32, Shape.of(lengths[rank]));
                communicator.receive(theirs, rank);
                System.arraycopy(theirs.toFloats(), 0, all, at, lengths[rank]);
                at += lengths[rank];
            }
        }
        return all;
    }

    @Override
    public final float[] own(final float[] joined, final int length) {
        final int[] lengths = lengths(length);
        final int all = Arrays.stream(lengths).sum();
        Operands.require(joined.length == all, "joined", joined.length + " numbers", all + " numbers");
        final int from = Arrays.stream(lengths, 0, rank()).sum();
        return Arrays.copyOfRange(joined, from, from + length);
    }

    private int[] lengths(final int mine) {
        final Tensor lengths = Tensor.allocate(DataType.S32, Shape.of(size()));
        communicator.allGather(Tensor.of(Shape.of(1), mine), lengths);
        return lengths.toInts();
    }
}
