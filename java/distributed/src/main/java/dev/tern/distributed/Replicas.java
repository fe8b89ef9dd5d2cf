package dev.tern.distributed;

import dev.tern.DataType;
import dev.tern.Shape;
import dev.tern.Tensor;
import dev.tern.nn.ParameterSet;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/** What the ranks of one training have to agree on beside their gradients. */
public final class Replicas {
    private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private Replicas() {}

    /** Gives all ranks the parameters of the first, and its statistics. */
    public static void copyFromFirst(final Communicator communicator, final ParameterSet parameters) {
        communicator.broadcast(parameters.values(), 0);
        parameters.observed().values().forEach(statistic -> communicator.broadcast(statistic, 0));
    }

    /** Gives all ranks the mean of what each observed: before a model is evaluated or saved. */
    public static void averageStatistics(final Communicator communicator, final ParameterSet parameters) {
        for (final Tensor statistic : parameters.observed().values()) {
            communicator.allReduce(statistic);
            final MemorySegment sums = statistic.segment();
            for (long i = 0; i < statistic.shape().elements(); i++) {
                sums.setAtIndex(F32, i, sums.getAtIndex(F32, i) / communicator.size());
            }
        }
    }

    /** The text of the first rank, such as its choices of kernels; what others pass is not looked at. */
    public static String textOfFirst(final Communicator communicator, final String text) {
        final byte[] mine = communicator.isFirst() ? text.getBytes(StandardCharsets.UTF_8) : new byte[0];
        final Tensor length = Tensor.allocate(DataType.S32, Shape.of(1));
        length.segment().set(ValueLayout.JAVA_INT, 0, mine.length);
        communicator.broadcast(length, 0);
        final Tensor bytes = Tensor.allocate(DataType.U8, Shape.of(length.integerAt(0)));
        bytes.segment().copyFrom(MemorySegment.ofArray(mine));
        communicator.broadcast(bytes, 0);
        return new String(bytes.toBytes(), StandardCharsets.UTF_8);
    }
}
