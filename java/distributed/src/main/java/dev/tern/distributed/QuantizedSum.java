package dev.tern.distributed;

import dev.tern.DataType;
import dev.tern.Shape;
import dev.tern.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * The sum in bytes with a scale for each block, and error feedback: what rounding takes from this step is added to the
 * next, so that over many steps nothing is lost. For N ranks, each of which owns a part of the bucket:
 *
 * <pre>
 * 1. v = share * gradient + error;  code = int8(v);  error = v - code        each rank, of its own gradients
 * 2. part i of the codes goes to rank i                                      all-to-all
 * 3. v = sum of the codes + error';  code' = int8(v);  error' = v - code'    each rank, of its part, by rank
 * 4. all code' go to all ranks, and are the gradients there                  all-gather
 *
 * int8(v) = scale * clamp(rint(v / scale)), scale = max |v| / 127 over a block of 256; sent as 256 bytes and a float
 * </pre>
 *
 * All ranks decode the same bytes, so their gradients are the same bits. A block that holds an infinity or a NaN
 * becomes NaN throughout, on all ranks. The errors belong to this object: a job that goes on from a checkpoint begins
 * with none.
 *
 * <p>Error feedback: Seide, Fu, Droppo, Li, Yu, 1-Bit Stochastic Gradient Descent, Interspeech 2014; on both ways:
 * Tang, Yu, Lian, Zhang, Liu, DoubleSqueeze, ICML 2019; why it converges: Karimireddy, Rebjock, Stich, Jaggi, Error
 * Feedback Fixes SignSGD, ICML 2019.
 */
final class QuantizedSum implements BucketSum {
    private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final int LARGEST = 127;
    /** 1.5 * 2^23: added to a float and taken away again, it rounds to the nearest integer, ties to even. */
    private static final float ROUNDING = 0x1.8p23f;

    private final Communicator communicator;
    private final MemorySegment gradients;
    private final long elements;
    private final long partElements;
    private final long partBytes;
    private final Tensor errors;
    private final Tensor partErrors;
    private final Tensor codes;
    private final Tensor received;
    private final Tensor part;
    private final FloatBlock block = new FloatBlock();
    private final FloatBlock terms = new FloatBlock();
    private final byte[] bytes = new byte[FloatBlock.LENGTH];
    private Request request;

    QuantizedSum(final Communicator communicator, final Tensor bucket) {
        this.communicator = communicator;
        final int ranks = communicator.size();
        gradients = bucket.segment();
        elements = bucket.shape().elements();
        partElements = Math.ceilDiv(elements, ranks);
        partBytes = scaleBytes() + partElements;
        errors = Tensor.allocate(DataType.F32, Shape.of(elements));
        partErrors = Tensor.allocate(DataType.F32, Shape.of(partElements));
        codes = Tensor.allocate(DataType.U8, Shape.of(ranks * partBytes));
        received = Tensor.allocate(DataType.U8, Shape.of(ranks * partBytes));
        part = Tensor.allocate(DataType.U8, Shape.of(partBytes));
    }

    private long scaleBytes() {
        return Math.ceilDiv(partElements, FloatBlock.LENGTH) * Float.BYTES;
    }

    /** The last parts are shorter, or empty, where the ranks do not divide the bucket. */
    private long length(final int owner) {
        return Math.clamp(elements - owner * partElements, 0, partElements);
    }

    @Override
    public void start(final float share) {
        for (int owner = 0; owner < communicator.size(); owner++) {
            final long first = owner * partElements;
            for (long at = 0; at < length(owner); at += FloatBlock.LENGTH) {
                final long left = length(owner) - at;
                block.load(gradients, first + at, left);
                block.scale(share);
                terms.load(errors.segment(), first + at, left);
                block.add(terms, 1);
                encode(codes, owner, at);
                block.store(errors.segment(), first + at);
            }
        }
        request = communicator.startAllToAll(codes, received);
    }

    @Override
    public void proceed() {
        request.await();
        final long length = length(communicator.rank());
        for (long at = 0; at < length; at += FloatBlock.LENGTH) {
            block.load(partErrors.segment(), at, length - at);
            for (int rank = 0; rank < communicator.size(); rank++) {
                block.add(terms, decode(received, rank, at, length - at));
            }
            encode(part, 0, at);
            block.store(partErrors.segment(), at);
        }
        request = communicator.startAllGather(part, codes);
    }

    @Override
    public void finish() {
        request.await();
        for (int owner = 0; owner < communicator.size(); owner++) {
            for (long at = 0; at < length(owner); at += FloatBlock.LENGTH) {
                final float scale = decode(codes, owner, at, length(owner) - at);
                terms.scale(scale);
                terms.store(gradients, owner * partElements + at);
            }
        }
    }

    /** Writes the block as part {@code index} of {@code to} holds it, and leaves in the block what was lost. */
    private void encode(final Tensor to, final int index, final long at) {
        final float[] values = block.values();
        final float scale = block.largestMagnitude() / LARGEST;
        final float inverse = scale < Float.MIN_NORMAL ? 0 : 1 / scale; // so little is all lost, and comes again
        for (int i = 0; i < block.length(); i++) {
            final float code = values[i] * inverse + ROUNDING - ROUNDING;
            bytes[i] = (byte) (int) code;
            values[i] -= code * scale;
        }
        final MemorySegment memory = to.segment();
        memory.set(F32, scaleAt(index, at), scale);
        MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, codesAt(index, at), block.length());
    }

    /** Reads at most {@code left} codes into {@code terms}, and returns their scale. */
    private float decode(final Tensor from, final int index, final long at, final long left) {
        final int length = (int) Math.min(FloatBlock.LENGTH, left);
        final MemorySegment memory = from.segment();
        MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, codesAt(index, at), bytes, 0, length);
        terms.set(bytes, length);
        return memory.get(F32, scaleAt(index, at));
    }

    private long scaleAt(final int index, final long at) {
        return index * partBytes + at / FloatBlock.LENGTH * Float.BYTES;
    }

    private long codesAt(final int index, final long at) {
        return index * partBytes + scaleBytes() + at;
    }

    /** A part for each other rank, and this rank's part to each of them. */
    @Override
    public long bytesPerSum() {
        return 2L * (communicator.size() - 1) * partBytes;
    }

    @Override
    public List<Tensor> errors() {
        return List.of(errors, partErrors);
    }
}
