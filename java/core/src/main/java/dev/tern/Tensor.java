package dev.tern;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * A typed, shaped, strided view of a {@link Storage}. Immutable itself; its elements are not.
 *
 * <p>Elements of the innermost dimension are adjacent, the others may lie in any order. Strides are in elements; types
 * below eight bits start every row on a whole byte. A view shares its storage with the tensor that it came from.
 */
public final class Tensor {
    private static final ValueLayout.OfFloat F32 = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final ValueLayout.OfShort BF16 = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final ValueLayout.OfInt S32 = ValueLayout.JAVA_INT_UNALIGNED;

    private final DataType type;
    private final Shape shape;
    private final long[] strides;
    private final boolean dense;
    private final Storage storage;
    private final long offset;
    private final MemorySegment segment;

    private Tensor(
            final DataType type, final Shape shape, final long[] strides, final Storage storage, final long offset) {
        this.type = Require.notNull(type, "type");
        this.shape = Require.notNull(shape, "shape");
        this.strides = checkedStrides(type, shape, strides);
        this.dense = shape.elements() == 0 || Arrays.equals(strides, rowPaddedStrides(type, shape));
        this.storage = Require.notNull(storage, "storage");
        this.offset = offset;
        final long bytes = extentBytes(type, shape, strides);
        Require.that(
                offset >= 0 && offset + bytes <= storage.bytes(),
                "storage",
                storage.bytes() + " bytes",
                "at least " + (offset + bytes) + " bytes for " + type + shape + " at byte " + offset);
        this.segment =
                storage instanceof final HostStorage host ? host.segment().asSlice(offset, bytes) : null;
    }

    /** A zeroed tensor in host memory. */
    public static Tensor allocate(final DataType type, final Shape shape) {
        Require.notNull(type, "type");
        Require.notNull(shape, "shape");
        return of(HostStorage.allocate(denseBytes(type, shape)), type, shape);
    }

    /** A tensor without gaps on all of a storage that some device allocated. */
    public static Tensor of(final Storage storage, final DataType type, final Shape shape) {
        return new Tensor(type, shape, rowPaddedStrides(type, shape), storage, 0);
    }

    /** Copies; the values fill the shape without gaps. */
    public static Tensor of(final Shape shape, final float... values) {
        return copyOf(DataType.F32, shape, MemorySegment.ofArray(Require.notNull(values, "values")));
    }

    /** Copies; the values fill the shape without gaps. */
    public static Tensor of(final Shape shape, final int... values) {
        return copyOf(DataType.S32, shape, MemorySegment.ofArray(Require.notNull(values, "values")));
    }

    /** Copies; {@code type} is any type of at most eight bits, in its packed form. */
    public static Tensor of(final DataType type, final Shape shape, final byte... values) {
        Require.that(type.bits() <= 8, "type", type, "a type of at most 8 bits");
        return copyOf(type, shape, MemorySegment.ofArray(Require.notNull(values, "values")));
    }

    /** Copies integers into a type of at most eight bits, which has to hold each of them; B1 holds -1 and 1. */
    public static Tensor integers(final DataType type, final Shape shape, final int... values) {
        Require.that(type.isInteger() && type.bits() <= 8, "type", type, "S8, U8, S4, S2 or B1");
        Require.that(
                Require.notNull(values, "values").length == shape.elements(),
                "values",
                values.length + " of them",
                shape.elements() + " for " + shape);
        final Tensor tensor = allocate(type, shape);
        final int row = shape.rank() == 0 ? 1 : Math.toIntExact(shape.length(shape.rank() - 1));
        final long rowBits = type.bytes(row) * Byte.SIZE;
        for (int i = 0; i < values.length; i++) {
            final int value = values[i];
            final boolean fits = value >= type.min() && value <= type.max() && (type != DataType.B1 || value != 0);
            if (!fits) {
                throw Require.refuse("values", value, "values of " + type);
            }
            tensor.setBits(
                    i / row * rowBits + (long) i % row * type.bits(), type == DataType.B1 ? value + 1 >> 1 : value);
        }
        return tensor;
    }

    /** Writes an element of at most eight bits, which are zero, at a position in bits. */
    private void setBits(final long at, final int value) {
        final int mask = 0xff >> Byte.SIZE - type.bits();
        final int before = segment.get(ValueLayout.JAVA_BYTE, at / Byte.SIZE);
        final int bits = before | (value & mask) << at % Byte.SIZE;
        segment.set(ValueLayout.JAVA_BYTE, at / Byte.SIZE, (byte) bits);
    }

    /** Uniform over [-1, 1) for F32 and BF16, over all values of a type of at most eight bits. */
    public static Tensor random(final DataType type, final Shape shape, final RandomGenerator random) {
        Require.that(type != DataType.S32, "type", type, "F32, BF16, S8, U8, S4, S2 or B1");
        if (!type.isInteger()) {
            final float[] values = new float[Math.toIntExact(shape.elements())];
            for (int i = 0; i < values.length; i++) {
                values[i] = random.nextFloat(-1, 1);
            }
            final Tensor reals = of(shape, values);
            return type == DataType.F32 ? reals : reals.to(type);
        }
        final byte[] values = new byte[Math.toIntExact(denseBytes(type, shape))];
        random.nextBytes(values);
        return of(type, shape, values);
    }

    private static Tensor copyOf(final DataType type, final Shape shape, final MemorySegment values) {
        final Tensor tensor = allocate(type, shape);
        Require.that(
                values.byteSize() == tensor.segment.byteSize(),
                "values",
                values.byteSize() + " bytes",
                tensor.segment.byteSize() + " bytes for " + type + shape);
        tensor.segment.copyFrom(values);
        return tensor;
    }

    /** The caller's memory, not copied: heap or native, of any alignment, without gaps. */
    public static Tensor wrap(final MemorySegment segment, final DataType type, final Shape shape) {
        return of(HostStorage.wrap(segment), type, shape);
    }

    /** The caller's memory, not copied, with strides in elements. */
    public static Tensor wrap(
            final MemorySegment segment, final DataType type, final Shape shape, final long... strides) {
        return new Tensor(type, shape, Require.notNull(strides, "strides").clone(), HostStorage.wrap(segment), 0);
    }

    public DataType type() {
        return type;
    }

    public Shape shape() {
        return shape;
    }

    public long length(final int dimension) {
        return shape.length(dimension);
    }

    /** Distance, in elements, between neighbours of a dimension. */
    public long stride(final int dimension) {
        return strides[dimension];
    }

    public Storage storage() {
        return storage;
    }

    public Device device() {
        return storage.device();
    }

    /** Position of the first element in the storage, in bytes. */
    public long offset() {
        return offset;
    }

    /** Bytes from the first element to the end of the last one, gaps included. */
    public long extentBytes() {
        return extentBytes(type, shape, strides);
    }

    /** The host memory of this view, from its first element to its last; a tensor on another device has none. */
    public MemorySegment segment() {
        if (segment == null) {
            throw new IllegalStateException("tensor: on " + device() + ", which has no host address; copy it to cpu");
        }
        return segment;
    }

    public boolean isDense() {
        return dense;
    }

    /** A view of {@code from <= i < to} along a dimension. */
    public Tensor slice(final int dimension, final long from, final long to) {
        Require.that(dimension >= 0 && dimension < shape.rank(), "dimension", dimension, "0 to rank - 1 of " + shape);
        Require.that(
                from >= 0 && from <= to && to <= shape.length(dimension),
                "from, to",
                from + ", " + to,
                "0 <= from <= to <= " + shape.length(dimension));
        final long first = shape.elements() == 0 ? 0 : from * strides[dimension] * type.bits();
        Require.that(first % 8 == 0, "from", from, "a position on a whole byte");
        return new Tensor(type, shape.with(dimension, to - from), strides, storage, offset + first / 8);
    }

    /** A view of one entry of the outermost dimension, of one dimension less. */
    public Tensor entry(final long index) {
        final Tensor slice = slice(0, index, index + 1);
        final Shape inner = Shape.of(Arrays.copyOfRange(shape.lengths(), 1, shape.rank()));
        return new Tensor(type, inner, Arrays.copyOfRange(strides, 1, strides.length), storage, slice.offset);
    }

    /** A view with two dimensions exchanged; of a type below a byte, both others than the last. */
    public Tensor transpose(final int first, final int second) {
        final int last = shape.rank() - 1;
        final int most = type.bits() < Byte.SIZE ? last - 1 : last;
        Require.that(
                Math.min(first, second) >= 0 && Math.max(first, second) <= most,
                "dimensions",
                first + ", " + second,
                "0 to " + most);
        final long[] lengths = shape.lengths();
        final long[] changed = strides.clone();
        exchange(lengths, first, second);
        exchange(changed, first, second);
        return new Tensor(type, Shape.of(lengths), changed, storage, offset);
    }

    private static void exchange(final long[] values, final int first, final int second) {
        final long moved = values[first];
        values[first] = values[second];
        values[second] = moved;
    }

    /** A view of the first {@code count} entries of the outermost dimension. */
    public Tensor first(final long count) {
        return slice(0, 0, count);
    }

    /** The same dense elements under another shape of as many. */
    public Tensor reshape(final Shape other) {
        Require.that(other.elements() == shape.elements(), "shape", other, shape.elements() + " elements");
        Require.that(isDense(), "tensor", "strides " + Arrays.toString(strides), "no gaps");
        return new Tensor(type, other, rowPaddedStrides(type, other), storage, offset);
    }

    /** Copies the elements to a tensor of the same type and shape, on any device. Waits until it is done. */
    public void copyTo(final Tensor target) {
        Require.that(target.type == type, "target type", target.type, type.toString());
        Require.that(target.shape.equals(shape), "target shape", target.shape, shape.toString());
        Copies.copy(this, target);
    }

    /** A copy in host memory, dense, as F32 or BF16, of either: to the nearest, ties to even, NaN to NaN. */
    public Tensor to(final DataType other) {
        Require.that(!Require.notNull(other, "type").isInteger(), "type", other, "F32 or BF16");
        final float[] values = toFloats();
        if (other == DataType.F32) {
            return of(shape, values);
        }
        final short[] halves = new short[values.length];
        for (int i = 0; i < halves.length; i++) {
            halves[i] = Bfloat16.of(values[i]);
        }
        return copyOf(other, shape, MemorySegment.ofArray(halves));
    }

    /** The elements of F32 or BF16, dense, row by row. */
    public float[] toFloats() {
        requireType(!type.isInteger(), "F32 or BF16");
        final float[] values = new float[Math.toIntExact(shape.elements())];
        if (type == DataType.F32) {
            copyTo(wrap(MemorySegment.ofArray(values), type, shape));
            return values;
        }
        final short[] halves = new short[values.length];
        copyTo(wrap(MemorySegment.ofArray(halves), type, shape));
        for (int i = 0; i < values.length; i++) {
            values[i] = Bfloat16.toFloat(halves[i]);
        }
        return values;
    }

    /** The elements, dense, row by row. */
    public int[] toInts() {
        requireType(type == DataType.S32, "S32");
        final int[] values = new int[Math.toIntExact(shape.elements())];
        copyTo(wrap(MemorySegment.ofArray(values), type, shape));
        return values;
    }

    /** The elements, dense, row by row; types below eight bits stay packed. */
    public byte[] toBytes() {
        requireType(type.bits() <= 8, "of at most 8 bits");
        final byte[] values = new byte[Math.toIntExact(denseBytes(type, shape))];
        copyTo(wrap(MemorySegment.ofArray(values), type, shape));
        return values;
    }

    /**
     * The element at {@code index} of a host tensor's memory, counted in elements from the first one. For references.
     */
    public int integerAt(final long index) {
        return switch (type) {
            case S32 -> segment().get(S32, index * Integer.BYTES);
            case S8 -> segment().get(ValueLayout.JAVA_BYTE, index);
            case U8 -> segment().get(ValueLayout.JAVA_BYTE, index) & 0xff;
            case S4, S2 -> narrowAt(index);
            case B1 -> (segment().get(ValueLayout.JAVA_BYTE, index / 8) >> index % 8 & 1) * 2 - 1;
            default -> throw new IllegalArgumentException("type: got " + type + ", allowed: integers");
        };
    }

    private int narrowAt(final long index) {
        final long at = index * type.bits();
        final int above =
                segment().get(ValueLayout.JAVA_BYTE, at / Byte.SIZE) << Integer.SIZE - type.bits() - at % Byte.SIZE;
        return above >> Integer.SIZE - type.bits();
    }

    /**
     * The element at {@code index} of a host tensor's memory, counted in elements from the first one. For references.
     */
    public float floatAt(final long index) {
        return switch (type) {
            case F32 -> segment().get(F32, index * Float.BYTES);
            case BF16 -> Bfloat16.toFloat(segment().get(BF16, index * Short.BYTES));
            default -> throw new IllegalArgumentException("type: got " + type + ", allowed: F32, BF16");
        };
    }

    private void requireType(final boolean holds, final String allowed) {
        Require.that(holds, "type", type, allowed);
    }

    private static long[] checkedStrides(final DataType type, final Shape shape, final long[] strides) {
        Require.that(strides.length == shape.rank(), "strides", Arrays.toString(strides), shape.rank() + " of them");
        if (shape.elements() == 0) {
            return strides;
        }
        final long[] least = rowPaddedStrides(type, shape);
        for (int d = 0; d < strides.length; d++) {
            final boolean innermost = d == strides.length - 1;
            final boolean fits = innermost
                    ? strides[d] == 1 || shape.length(d) == 1
                    : shape.length(d) == 1 || strides[d] >= leastStride(shape, strides, least, d);
            Require.that(
                    fits && (innermost || strides[d] * type.bits() % 8 == 0),
                    "strides",
                    Arrays.toString(strides),
                    "1 for the innermost, whole bytes and no overlap elsewhere, for " + type + shape);
        }
        return strides;
    }

    /** What holds a row, and all entries of each dimension whose neighbours are no farther apart. */
    private static long leastStride(final Shape shape, final long[] strides, final long[] least, final int dimension) {
        long held = least[strides.length - 2];
        for (int d = 0; d < strides.length - 1; d++) {
            if (d != dimension && shape.length(d) > 1 && strides[d] <= strides[dimension]) {
                held = Math.max(held, Math.multiplyExact(shape.length(d), strides[d]));
            }
        }
        return held;
    }

    /** Dense strides, but for a row of a type below eight bits, which fills whole bytes. */
    private static long[] rowPaddedStrides(final DataType type, final Shape shape) {
        final int rank = shape.rank();
        if (type.bits() >= 8 || rank < 2) {
            return shape.denseStrides();
        }
        final long rowElements = type.bytes(shape.length(rank - 1)) * 8 / type.bits();
        final long[] strides = shape.with(rank - 1, rowElements).denseStrides();
        return strides;
    }

    /** Bytes of a tensor without gaps. */
    static long denseBytes(final DataType type, final Shape shape) {
        return extentBytes(type, shape, rowPaddedStrides(type, shape));
    }

    private static long extentBytes(final DataType type, final Shape shape, final long[] strides) {
        if (shape.elements() == 0) {
            return 0;
        }
        final int rank = shape.rank();
        long last = 0;
        for (int d = 0; d < rank - 1; d++) {
            last = Math.addExact(last, Math.multiplyExact(shape.length(d) - 1, strides[d]));
        }
        return type.bytes(last) + type.bytes(rank == 0 ? 1 : shape.length(rank - 1));
    }

    @Override
    public String toString() {
        return type + shape.toString() + "@" + device();
    }
}
