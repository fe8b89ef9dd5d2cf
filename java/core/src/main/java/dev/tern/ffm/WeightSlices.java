package dev.tern.ffm;

import dev.tern.Conv2d;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * How threads share a gradient of few weights by many positions: by slices of the images, each summed into weights of
 * its own, which are added up in order. Sharing the weights, each thread would gather all patches. Where a slice begins
 * depends on sizes alone, so the sum is the same for any number of threads.
 */
final class WeightSlices {
    private static final int PANEL = 16; // channels that fill one; of fewer, the library leaves all taps together
    private static final long POSITIONS = 2048; // of a slice, at least
    private static final long MOST_SLICES = 32; // each has weights of its own, which one thread adds up
    private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT;

    private final Scratch memory = new Scratch();
    private final Steps x = new Steps();
    private final Steps dy = new Steps();
    private final Steps others = new Steps();
    private MemorySegment sums; // of all slices but the first
    private MemorySegment dw;
    private long weights;
    private long images;
    private long imagesOfSlice;
    private int count;

    /** How many slices there are; with one, the weights are to be shared. */
    int count(final Conv2d conv, final long ofImages) {
        final boolean narrow = conv.groups() == 1 && conv.channels() < PANEL;
        images = ofImages;
        imagesOfSlice = narrow ? imagesOfSlice(conv) : Math.max(1, images);
        count = Math.toIntExact(Math.max(1, Math.ceilDiv(images, imagesOfSlice)));
        return count;
    }

    private long imagesOfSlice(final Conv2d conv) {
        final long enough = Math.ceilDiv(POSITIONS, Math.max(1, conv.positions()));
        return Math.max(enough, Math.ceilDiv(images, MOST_SLICES));
    }

    int count() {
        return count;
    }

    /** Before the first slice runs. */
    void begin(final Conv2d conv, final Operand ofX, final Operand ofDy, final MemorySegment ofDw) {
        dw = ofDw;
        weights = (long) conv.product().n() * conv.product().k();
        sums = memory.atLeast((count - 1) * weights * Float.BYTES);
        if (conv.product().accumulates()) {
            sums.fill((byte) 0);
        }
        x.begin(ofX.memory(), imagesOfSlice * ofX.stride(0) * Float.BYTES, count);
        dy.begin(ofDy.memory(), imagesOfSlice * ofDy.stride(0) * Float.BYTES, count);
        others.begin(sums, weights * Float.BYTES, count - 1);
    }

    long images(final int slice) {
        return Math.min(imagesOfSlice, images - slice * imagesOfSlice);
    }

    MemorySegment x(final int slice) {
        return x.at(slice);
    }

    MemorySegment dy(final int slice) {
        return dy.at(slice);
    }

    /** Where a slice leaves its sum: the first in the gradient itself. */
    MemorySegment dw(final int slice) {
        return slice == 0 ? dw : others.at(slice - 1);
    }

    /** After the last. */
    void end() {
        for (long slice = 0; slice < count - 1; slice++) {
            for (long i = 0; i < weights; i++) {
                dw.setAtIndex(F32, i, dw.getAtIndex(F32, i) + sums.getAtIndex(F32, slice * weights + i));
            }
        }
        dw = null;
    }
}
