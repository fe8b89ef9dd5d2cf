package dev.tern.bench;

import dev.tern.Bfloat16;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** What a GEMM multiplies and where its weights stand. */
public enum GemmType implements BenchType {
    /** f32, weights packed before the clock starts. */
    F32("f32", Element.F32, Element.F32, Element.F32, true, false, false),
    /** The same, weights stored {@code [n,k]}, as linear layers keep them. */
    F32_PACKED_NT("f32-packed-nt", Element.F32, Element.F32, Element.F32, true, false, true),
    /** f32, both operands given at run time as training's forward pass gives them: {@code a[m,k] * b[k,n]}. */
    F32_NN("f32-nn", Element.F32, Element.F32, Element.F32, false, false, false),
    /** f32 at run time with {@code b} stored {@code [n,k]}: the gradient of the inputs. */
    F32_NT("f32-nt", Element.F32, Element.F32, Element.F32, false, false, true),
    /** f32 at run time with {@code a} stored {@code [k,m]}: the gradient of the weights. */
    F32_TN("f32-tn", Element.F32, Element.F32, Element.F32, false, true, false),
    /** bf16 with f32 out, weights packed before the clock starts. */
    BF16("bf16", Element.BF16, Element.BF16, Element.F32, true, false, false),
    /** Unsigned activations, signed packed weights, raw accumulators out. */
    U8S8S32("u8s8s32", Element.U8, Element.S8, Element.S32, true, false, false),
    /** Signed activations, signed packed weights, raw accumulators out. */
    S8S8S32("s8s8s32", Element.S8, Element.S8, Element.S32, true, false, false),
    /** Unsigned activations, 4-bit packed weights, raw accumulators out. */
    U8S4S32("u8s4s32", Element.U8, Element.S4, Element.S32, true, false, false),
    /** Unsigned activations, 2-bit packed weights, raw accumulators out. */
    U8S2S32("u8s2s32", Element.U8, Element.S2, Element.S32, true, false, false),
    /** Signs on both sides, packed weights stored {@code [n,k]}, raw accumulators out. */
    B1B1S32("b1b1s32", Element.B1, Element.B1, Element.S32, true, false, true),
    /**
     * f32 activations, packed weights stored {@code [n,k]} with a scale for every so many terms of a column; f32 out.
     */
    F32S8G32("f32s8-g32", Element.F32, Element.S8, 32),
    F32S8G128("f32s8-g128", Element.F32, Element.S8, 128),
    F32S4G32("f32s4-g32", Element.F32, Element.S4, 32),
    F32S4G128("f32s4-g128", Element.F32, Element.S4, 128),
    F32S2G32("f32s2-g32", Element.F32, Element.S2, 32),
    F32S2G128("f32s2-g128", Element.F32, Element.S2, 128),
    /** The same with unsigned activations, whose sums over a group are integers. */
    U8S8G32("u8s8-g32", Element.U8, Element.S8, 32),
    U8S8G128("u8s8-g128", Element.U8, Element.S8, 128),
    U8S4G32("u8s4-g32", Element.U8, Element.S4, 32),
    U8S4G128("u8s4-g128", Element.U8, Element.S4, 128),
    U8S2G32("u8s2-g32", Element.U8, Element.S2, 32),
    U8S2G128("u8s2-g128", Element.U8, Element.S2, 128);

    /** What {@code scripts/bench gemm} runs; the others are suites of their own. */
    static final List<GemmType> DENSE = List.of(F32, F32_NN, F32_NT, F32_TN, BF16, U8S8S32, S8S8S32);

    /** Those whose packed weights, stored {@code [n,k]}, have a scale for each group along k. */
    static final List<GemmType> GROUPED =
            Arrays.stream(values()).filter(GemmType::isGrouped).toList();

    /** The element of an operand and its size in bits. */
    public enum Element {
        F32(32),
        BF16(16),
        U8(8),
        S8(8),
        S32(32),
        S4(4),
        S2(2),
        /** A sign: bit 1 is +1, bit 0 is -1. */
        B1(1);

        private final int bits;

        Element(final int bits) {
            this.bits = bits;
        }

        public int bits() {
            return bits;
        }

        /** Of so many side by side, up to a whole byte. */
        public long bytes(final long count) {
            return Math.ceilDiv(count * bits, Byte.SIZE);
        }

        /** An element of a matrix whose rows have {@code length} elements and begin on whole bytes. */
        public double at(final MemorySegment from, final long row, final int index, final int length) {
            final long first = row * bytes(length);
            return switch (this) {
                case F32 -> from.get(ValueLayout.JAVA_FLOAT_UNALIGNED, first + (long) index * Float.BYTES);
                case BF16 ->
                    Bfloat16.toFloat(from.get(ValueLayout.JAVA_SHORT_UNALIGNED, first + (long) index * Short.BYTES));
                case S32 -> from.get(ValueLayout.JAVA_INT_UNALIGNED, first + (long) index * Integer.BYTES);
                default -> narrow(from, first, index * bits);
            };
        }

        /** Sets an integer of a row that begins at byte {@code first} and holds zeros there. */
        void put(final MemorySegment to, final long first, final int index, final int value) {
            final long at = first + (long) index * bits / Byte.SIZE;
            final int raw = (value & (1 << bits) - 1) << index * bits % Byte.SIZE;
            to.set(ValueLayout.JAVA_BYTE, at, (byte) (to.get(ValueLayout.JAVA_BYTE, at) | raw));
        }

        private int narrow(final MemorySegment from, final long first, final int bit) {
            final byte held = from.get(ValueLayout.JAVA_BYTE, first + bit / Byte.SIZE);
            final int raw = held >> bit % Byte.SIZE & (1 << bits) - 1;
            return switch (this) {
                case U8 -> raw;
                case B1 -> raw * 2 - 1;
                default -> raw << Integer.SIZE - bits >> Integer.SIZE - bits;
            };
        }
    }

    private final String label;
    private final Element a;
    private final Element b;
    private final Element y;
    private final boolean packed;
    private final boolean transposedA;
    private final boolean transposedB;
    private final int group;

    GemmType(
            final String label,
            final Element a,
            final Element b,
            final Element y,
            final boolean packed,
            final boolean transposedA,
            final boolean transposedB) {
        this(label, a, b, y, packed, transposedA, transposedB, 0);
    }

    GemmType(final String label, final Element a, final Element b, final int group) {
        this(label, a, b, Element.F32, true, false, true, group);
    }

    GemmType(
            final String label,
            final Element a,
            final Element b,
            final Element y,
            final boolean packed,
            final boolean transposedA,
            final boolean transposedB,
            final int group) {
        this.label = label;
        this.a = a;
        this.b = b;
        this.y = y;
        this.packed = packed;
        this.transposedA = transposedA;
        this.transposedB = transposedB;
        this.group = group;
    }

    public static GemmType of(final String label) {
        for (final GemmType type : values()) {
            if (type.label.equals(label)) {
                return type;
            }
        }
        throw new IllegalArgumentException("type: got " + label + ", allowed: " + labels());
    }

    private static List<String> labels() {
        return Arrays.stream(values()).map(GemmType::label).toList();
    }

    @Override
    public String label() {
        return label;
    }

    @Override
    public Element a() {
        return a;
    }

    @Override
    public Element b() {
        return b;
    }

    @Override
    public Element y() {
        return y;
    }

    @Override
    public boolean isPacked() {
        return packed;
    }

    /** Whether {@code a} is stored {@code [k,m]}. */
    public boolean isTransposedA() {
        return transposedA;
    }

    /** Whether {@code b} is stored {@code [n,k]}. */
    public boolean isTransposedB() {
        return transposedB;
    }

    /** Terms that share a scale of a column; 0 where there are no scales. */
    public int group() {
        return group;
    }

    public boolean isGrouped() {
        return group > 0;
    }

    @Override
    public boolean isExact() {
        return isInteger() && !isGrouped();
    }

    /** The same with weights of twice the bits, where there is such a type. */
    Optional<GemmType> withWiderWeights() {
        return Arrays.stream(values())
                .filter(type -> type.b.bits == 2 * b.bits && type.group == group)
                .filter(type -> type.a == a && type.y == y)
                .findFirst();
    }
}
