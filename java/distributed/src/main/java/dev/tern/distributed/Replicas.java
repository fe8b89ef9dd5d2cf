package dev.tern.distributed;

import dev.tern.DataType;
import dev.tern.Shape;
import dev.tern.Tensor;
import dev.tern.nn.ParameterSet;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

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

    /**
     * What any rank says under a key; where several say something, the first of them. Such as choices of kernels: all
     * ranks go on with the same.
     */
    public static Map<String, String> agree(final Communicator communicator, final Map<String, String> mine) {
        final Map<String, String> agreed = new LinkedHashMap<>();
        for (int rank = 0; rank < communicator.size(); rank++) {
            final String[] words = text(communicator, rank, joined(mine)).split("\n");
            for (int i = 0; i + 1 < words.length; i += 2) {
                agreed.putIfAbsent(words[i], words[i + 1]);
            }
        }
        return agreed;
    }

    private static String joined(final Map<String, String> words) {
        final StringBuilder joined = new StringBuilder();
        words.forEach(
                (key, value) -> joined.append(key).append('\n').append(value).append('\n'));
        return joined.toString();
    }

    /** That of one rank; what others pass is not looked at. */
    static String text(final Communicator communicator, final int rank, final String text) {
        final byte[] mine = communicator.rank() == rank ? text.getBytes(StandardCharsets.UTF_8) : new byte[0];
        final Tensor length = Tensor.allocate(DataType.S32, Shape.of(1));
        length.segment().set(ValueLayout.JAVA_INT, 0, mine.length);
        communicator.broadcast(length, rank);
        final Tensor bytes = Tensor.allocate(DataType.U8, Shape.of(length.integerAt(0)));
        bytes.segment().copyFrom(MemorySegment.ofArray(mine));
        communicator.broadcast(bytes, rank);
        return new String(bytes.toBytes(), StandardCharsets.UTF_8);
    }
}
