package dev.tern.model;

import dev.tern.Tensor;

/** Sequences [N, steps, features] as [steps, N, features], a view made anew only when another tensor comes. */
public final class StepsFirst {
    private Tensor seen;
    private Tensor view;

    /** One that has seen none yet. */
    public StepsFirst() {}

    public Tensor of(final Tensor sequences) {
        if (sequences != seen) {
            seen = sequences;
            view = sequences.transpose(0, 1);
        }
        return view;
    }
}
