package dev.tern.model;

import dev.tern.Tensor;

/** The first m rows of one tensor, for any m, each view made once. For one thread. */
public final class BatchViews {
    private final Tensor[] views;

    public BatchViews(final Tensor largest) {
        final int rows = Math.toIntExact(largest.length(0));
        views = new Tensor[rows + 1];
        views[rows] = largest;
    }

    public Tensor rows(final int count) {
        final Tensor made = views[count];
        if (made != null) {
            return made;
        }
        views[count] = views[views.length - 1].first(count);
        return views[count];
    }
}
