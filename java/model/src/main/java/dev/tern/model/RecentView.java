package dev.tern.model;

import dev.tern.Shape;
import dev.tern.Tensor;
import java.util.Objects;
import java.util.function.UnaryOperator;

/** A view of whichever tensor comes, made anew only when another one does. For one thread. */
public final class RecentView {
    private final UnaryOperator<Tensor> maker;
    private Tensor seen;
    private Tensor view;

    public RecentView(final UnaryOperator<Tensor> maker) {
        this.maker = Objects.requireNonNull(maker, "maker");
    }

    /** Sequences [N, steps, features] as [steps, N, features]. */
    public static RecentView stepsFirst() {
        return new RecentView(sequences -> sequences.transpose(0, 1));
    }

    /** Rows [N, columns] as images [N, 1, 1, columns] of one position. */
    public static RecentView rowsAsImages() {
        return new RecentView(rows -> rows.reshape(Shape.of(rows.length(0), 1, 1, rows.length(1))));
    }

    public Tensor of(final Tensor tensor) {
        if (tensor != seen) {
            seen = tensor;
            view = maker.apply(tensor);
        }
        return view;
    }
}
