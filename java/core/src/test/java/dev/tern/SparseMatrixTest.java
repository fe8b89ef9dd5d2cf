package dev.tern;

import static dev.tern.DataType.F32;
import static dev.tern.DataType.S8;
import static dev.tern.DataType.U8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.ValueLayout;
import java.util.stream.IntStream;
import net.jqwik.api.Assume;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class SparseMatrixTest {
    private static final int[] PICTURE = {0, 5, 0, 0, 0, 0, 0, 0, 7, 0, 0, 2};

    private static Tensor picture() {
        return Tensor.integers(S8, Shape.of(3, 4), PICTURE);
    }

    @Test
    void shouldStoreElementsOfRows() {
        final SparseMatrix csr = SparseMatrix.of(Sparsity.CSR, picture());
        assertArrayEquals(new int[] {0, 1, 1, 3}, rowStarts(csr));
        assertArrayEquals(new int[] {1, 0, 3}, columns(csr));
        assertArrayEquals(new byte[] {5, 7, 2}, csr.values().toBytes());
        assertEquals(0.25, csr.density());
        assertEquals(3 + 4 * (4 + 3), csr.bytes());
    }

    @Test
    void shouldStoreBlocksOfFour() {
        final SparseMatrix blocks = SparseMatrix.of(Sparsity.BLOCK_1X4, picture());
        assertArrayEquals(new int[] {0, 1, 1, 2}, rowStarts(blocks));
        assertArrayEquals(new int[] {0, 0}, columns(blocks));
        assertArrayEquals(new byte[] {0, 5, 0, 0, 7, 0, 0, 2}, blocks.values().toBytes());
        assertEquals("1x4 S8[3, 4], 66.7 % stored", blocks.toString());
    }

    @Test
    void shouldFillTheLastBlockOfARowWithZeros() {
        final Tensor ragged = Tensor.integers(S8, Shape.of(1, 6), 0, 0, 0, 0, 0, 9);
        final SparseMatrix blocks = SparseMatrix.of(Sparsity.BLOCK_1X4, ragged);
        assertArrayEquals(new int[] {4}, columns(blocks));
        assertArrayEquals(new byte[] {0, 9, 0, 0}, blocks.values().toBytes());
    }

    private static int[] rowStarts(final SparseMatrix matrix) {
        return IntStream.rangeClosed(0, matrix.rows()).map(matrix::rowStart).toArray();
    }

    private static int[] columns(final SparseMatrix matrix) {
        return IntStream.range(0, matrix.rowStart(matrix.rows()))
                .map(matrix::column)
                .toArray();
    }

    @Test
    void shouldKeepWhatTheMaskKeeps() {
        final Tensor matrix = Tensor.of(Shape.of(2, 2), 1f, 2f, 0f, 4f);
        final Tensor mask = Tensor.integers(U8, Shape.of(2, 2), 1, 0, 1, 0);
        final SparseMatrix masked = SparseMatrix.of(Sparsity.CSR, matrix, mask);
        assertArrayEquals(new float[] {1, 0}, masked.values().toFloats());
        assertArrayEquals(new float[] {1, 0, 0, 0}, masked.toDense().toFloats());
    }

    @Test
    void shouldMaskWithinABlock() {
        final Tensor mask = Tensor.integers(U8, Shape.of(3, 4), 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0);
        final SparseMatrix masked = SparseMatrix.of(Sparsity.BLOCK_1X4, picture(), mask);
        assertArrayEquals(new byte[] {7, 0, 0, 0}, masked.values().toBytes());
    }

    @Test
    void shouldKeepNegativeZeroAndNaN() {
        final int nan = 0x7fc0_1234;
        final Tensor odd = Tensor.of(Shape.of(1, 3), -0f, Float.intBitsToFloat(nan), 0f);
        final Tensor back = SparseMatrix.of(Sparsity.CSR, odd).toDense();
        assertEquals(0x8000_0000, back.segment().get(ValueLayout.JAVA_INT_UNALIGNED, 0));
        assertEquals(nan, back.segment().get(ValueLayout.JAVA_INT_UNALIGNED, 4));
    }

    @Test
    void shouldNameTheRowAndTheGroupThatBreakAStructure() {
        final Tensor three = Tensor.integers(S8, Shape.of(2, 8), 1, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 1, 1, 1);
        assertEquals(
                "matrix: got more than 2 in columns 4 to 7 of row 1, "
                        + "allowed: at most 2 of every 4 that are not zero, for 2:4",
                refusal(() -> SparseMatrix.of(Sparsity.N2_M4, three)));
        assertTrue(refusal(() -> SparseMatrix.of(Sparsity.N1_M4, three)).contains("columns 0 to 3 of row 0"));
        final Spmm spmm = Spmm.of(2, 8, Sparsity.N2_M4, 0.5).types(U8, S8, DataType.S32);
        try (Engine engine = Engine.builder().device("cpu:reference").build()) {
            assertTrue(refusal(() -> engine.pack(spmm, three)).contains("columns 4 to 7 of row 1"));
        }
    }

    @Test
    void shouldCountAGroupThatStraddlesNoOther() {
        // two at the end of one group, two at the begin of the next
        final Tensor four = Tensor.integers(S8, Shape.of(1, 8), 0, 0, 1, 1, 1, 1, 0, 0);
        assertEquals(0.5, SparseMatrix.of(Sparsity.N2_M4, four).density());
    }

    @Test
    void shouldRefuseWhatIsNoMatrixOfWeights() {
        final Tensor floats = Tensor.allocate(F32, Shape.of(2, 2));
        assertTrue(refusal(() -> SparseMatrix.of(Sparsity.BLOCK_1X4, floats)).startsWith("matrix type: got F32"));
        assertTrue(refusal(() -> SparseMatrix.of(Sparsity.CSR, Tensor.allocate(U8, Shape.of(2, 2))))
                .startsWith("matrix type: got U8"));
        assertTrue(refusal(() -> SparseMatrix.of(Sparsity.CSR, Tensor.allocate(F32, Shape.of(2))))
                .startsWith("matrix shape: got [2]"));
        assertTrue(refusal(() -> SparseMatrix.of(Sparsity.CSR, floats, Tensor.allocate(U8, Shape.of(2, 3))))
                .startsWith("mask shape: got [2, 3]"));
        assertTrue(refusal(() -> SparseMatrix.of(null, floats)).startsWith("sparsity: got null"));
    }

    private static String refusal(final Runnable action) {
        return assertThrows(IllegalArgumentException.class, action::run).getMessage();
    }

    @Property(tries = 200, seed = "1")
    void shouldComeBackFromAnySparseFormBitByBit(
            @ForAll final Sparsity sparsity,
            @ForAll @IntRange(max = 20) final int rows,
            @ForAll @IntRange(max = 40) final int columns,
            @ForAll @IntRange(max = 5) final int gap,
            @ForAll final boolean floats,
            @ForAll final long seed) {
        Assume.that(!floats || sparsity != Sparsity.BLOCK_1X4);
        final Tensor dense = pruned(sparsity, floats ? F32 : S8, rows, columns, columns + gap, seed);
        final SparseMatrix sparse = SparseMatrix.of(sparsity, dense);
        final Tensor back = sparse.toDense();
        for (int row = 0; row < rows; row++) {
            final long bytes = dense.type().bytes(columns);
            assertEquals(
                    -1,
                    dense.slice(0, row, row + 1)
                            .segment()
                            .asSlice(0, bytes)
                            .mismatch(back.segment().asSlice(row * bytes, bytes)));
        }
        final SparseMatrix again = SparseMatrix.of(sparsity, back);
        assertArrayEquals(rowStarts(sparse), rowStarts(again));
        assertArrayEquals(columns(sparse), columns(again));
    }

    /** Any values, as many of each group as the structure allows. */
    private static Tensor pruned(
            final Sparsity sparsity,
            final DataType type,
            final int rows,
            final int columns,
            final int stride,
            final long seed) {
        final var random = new java.util.Random(seed);
        final Tensor all = Tensor.random(type, Shape.of(rows, stride), random);
        final Tensor dense = all.slice(1, 0, columns);
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                final boolean keep = random.nextBoolean() && column % Sparsity.GROUP < sparsity.mostOfGroup();
                if (!keep) {
                    final long bytes = type.bytes(1);
                    all.segment()
                            .asSlice((row * (long) stride + column) * bytes, bytes)
                            .fill((byte) 0);
                }
            }
        }
        return dense;
    }

    @Example
    void shouldKnowWordsOfSparsities() {
        for (final Sparsity sparsity : Sparsity.values()) {
            assertEquals(sparsity, Sparsity.of(sparsity.word()));
        }
        assertTrue(refusal(() -> Sparsity.of("3:4")).startsWith("sparsity: got 3:4, allowed: csr, 1x4, 2:4 or 1:4"));
    }
}
