package dev.tern;

import java.util.Locale;

/** Numbers of rows that call for different kernels. */
public enum RowClass {
    ONE(1, 1),
    FEW(2, 4),
    SOME(5, 16),
    MANY(17, 256);

    private final long least;
    private final long representative;

    RowClass(final long least, final long representative) {
        this.least = least;
        this.representative = representative;
    }

    public static RowClass of(final long rows) {
        return rows < FEW.least ? ONE : rows < SOME.least ? FEW : rows < MANY.least ? SOME : MANY;
    }

    /** The number of rows that is measured for all of the class. */
    public long representative() {
        return representative;
    }

    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
