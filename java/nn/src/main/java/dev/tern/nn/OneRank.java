package dev.tern.nn;

/** A rank that is alone. */
class OneRank implements Ranks {
    @Override
    public final int rank() {
        return 0;
    }

    @Override
    public final int size() {
        return 1;
    }

    @Override
    public final double sum(final double value) {
        return value;
    }

    @Override
    public final float[] join(final float[] mine) {
        return mine;
    }

    @Override
    public final float[] own(final float[] joined, final int length) {
        return joined;
    }
}
