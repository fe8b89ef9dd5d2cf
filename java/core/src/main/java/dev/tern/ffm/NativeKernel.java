package dev.tern.ffm;

import dev.tern.Conv2d;
import dev.tern.DataType;
import dev.tern.Gemm;
import dev.tern.Isa;
import dev.tern.Kernel;
import dev.tern.Lstm;
import dev.tern.LstmTraining;
import dev.tern.Pool2d;
import dev.tern.Reorder;
import dev.tern.Spmm;
import dev.tern.ffm.bindings.LibTern;
import dev.tern.ffm.bindings.tern_kernel;
import java.lang.foreign.MemorySegment;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * A row of the library's kernel table.
 *
 * @param index what the library's functions take
 * @param operation a code of {@code enum tern_op}
 * @param needs everything that the processor must have
 * @param isa the highest of those, which implies the others
 * @param activations what operand a is multiplied as: F32, BF16, B1, or a type of eight bits, which stands for both of
 *     them
 * @param weights type of the operand b, or of the one that there is
 * @param layout of packed weights: kernels with the same layout share them
 */
record NativeKernel(
        int index,
        int operation,
        String name,
        Set<Isa> needs,
        Isa isa,
        DataType activations,
        DataType weights,
        String layout) {
    /** The whole table, of a library that is loaded. */
    static List<NativeKernel> table() {
        return IntStream.range(0, LibTern.tern_kernel_count())
                .mapToObj(NativeKernel::row)
                .toList();
    }

    private static NativeKernel row(final int index) {
        final MemorySegment row = LibTern.tern_kernel_at(index).reinterpret(tern_kernel.sizeof());
        final Set<Isa> needs = isas(tern_kernel.isa(row));
        return new NativeKernel(
                index,
                tern_kernel.op(row),
                tern_kernel.name(row).getString(0),
                needs,
                Collections.max(needs),
                DataType.values()[tern_kernel.a_type(row)], // enum tern_type has the order of DataType
                DataType.values()[tern_kernel.b_type(row)],
                tern_kernel.layout(row).getString(0));
    }

    /** The instruction sets of a bit mask: the bits of {@code enum tern_isa} stand in the order of {@link Isa}. */
    static Set<Isa> isas(final long bits) {
        final Set<Isa> isas = EnumSet.noneOf(Isa.class);
        for (final Isa isa : Isa.values()) {
            if ((bits >>> isa.ordinal() & 1) != 0) {
                isas.add(isa);
            }
        }
        return isas;
    }

    /** A tile unit sums more terms at a time than groups of them have. */
    boolean runs(final Gemm gemm) {
        final boolean bytes = activations.isByte() && gemm.aType().isByte();
        return operation == LibTern.TERN_GEMM()
                && weights == gemm.bType()
                && (bytes || activations == gemm.aType())
                && !(gemm.scalesWeights() && isa == Isa.AMXINT8);
    }

    boolean runs(final Conv2d conv) {
        return isDepthwise() ? weights == conv.product().bType() && hasDepthwiseKernels(conv) : runs(conv.product());
    }

    /** Gradients by the weights, and channels with several filters, are products like any other. */
    private static boolean hasDepthwiseKernels(final Conv2d conv) {
        return conv.isDepthwise() && conv.filters() == conv.channels() && conv.pass() != Conv2d.Pass.BACKWARD_WEIGHTS;
    }

    /** Whether it convolves each channel with a filter of its own, and nothing else. */
    boolean isDepthwise() {
        return operation == LibTern.TERN_DEPTHWISE();
    }

    boolean runs(final Pool2d pool) {
        final String type = pool.type().isByte() ? "u8" : "f32";
        return operation == LibTern.TERN_POOL() && name.startsWith("pool_" + pool.word() + "_" + type);
    }

    boolean runs(final Reorder reorder) {
        return operation == LibTern.TERN_REORDER();
    }

    boolean runs(final Spmm spmm) {
        return isSparse() && weights == spmm.product().bType();
    }

    /** Whether it takes sparse weights. */
    boolean isSparse() {
        return operation == LibTern.TERN_SPMM();
    }

    /** Whether its lanes are rows of weights, for which words of few rows of x are looked up. */
    boolean looksUp() {
        return layout.endsWith("_r16");
    }

    boolean runs(final Lstm lstm) {
        return runs(lstm.input()) && runs(lstm.recurrent());
    }

    boolean runs(final LstmTraining training) {
        return runs(training.product());
    }

    /** Whether it is of an operation, and on every machine with another kernel's instruction set. */
    boolean accompanies(final NativeKernel gemm, final int ofOperation) {
        return operation == ofOperation && gemm.isa.admits(isa);
    }

    /** Whether it sums integers, from seeds. */
    boolean integer() {
        return activations.isInteger();
    }

    /** Whether it can read b as it is. */
    boolean readsUnpacked() {
        return weights == DataType.F32;
    }

    Kernel kernel() {
        return new Kernel(name, isa);
    }
}
