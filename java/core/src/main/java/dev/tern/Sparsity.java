package dev.tern;

/** Which elements of a sparse matrix may be zero, and what is stored of the others. */
public enum Sparsity {
    /** Compressed sparse rows: any element may be zero; each other one is stored with its column. */
    CSR("csr", 1, Sparsity.GROUP),
    /**
     * Blocks of four neighbours along a row, the quad of a dot-product instruction: those that are not all zero are
     * stored. For S8.
     */
    BLOCK_1X4("1x4", Sparsity.GROUP, Sparsity.GROUP),
    /** At most two of every four neighbours along a row are not zero. */
    N2_M4("2:4", 1, 2),
    /** At most one of every four neighbours along a row is not zero. */
    N1_M4("1:4", 1, 1);

    /** Neighbours that belong together: columns 0 to 3, 4 to 7 and so on. */
    public static final int GROUP = 4;

    private final String word;
    private final int blockWidth;
    private final int mostOfGroup;

    Sparsity(final String word, final int blockWidth, final int mostOfGroup) {
        this.word = word;
        this.blockWidth = blockWidth;
        this.mostOfGroup = mostOfGroup;
    }

    /** The word for it in signatures and options. */
    public String word() {
        return word;
    }

    /** Neighbouring elements that are stored or left out together. */
    public int blockWidth() {
        return blockWidth;
    }

    /** Elements of a {@link #GROUP} that may be stored. */
    public int mostOfGroup() {
        return mostOfGroup;
    }

    /** The sparsity of a {@link #word()}. */
    public static Sparsity of(final String word) {
        for (final Sparsity sparsity : values()) {
            if (sparsity.word.equals(word)) {
                return sparsity;
            }
        }
        throw Require.refuse("sparsity", word, "csr, 1x4, 2:4 or 1:4");
    }
}
