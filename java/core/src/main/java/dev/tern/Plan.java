package dev.tern;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * An operation ready to run on any number of rows, from any number of threads, without allocating once warm. Each
 * {@link RowClass} gets the kernel that suits it, chosen when first needed.
 */
public final class Plan {
    private final Engine engine;
    private final Operation operation;
    private final PackedWeights weights;
    private final boolean takesB;
    private final Gate gate;
    private final AtomicReferenceArray<Choice> choices = new AtomicReferenceArray<>(RowClass.values().length);

    Plan(final Engine engine, final Operation operation, final PackedWeights weights) {
        this.engine = engine;
        this.operation = operation;
        this.weights = weights;
        this.takesB = operation.takesB(weights != null);
        this.gate = engine.gate();
    }

    public Operation operation() {
        return operation;
    }

    /**
     * Runs on one operand, beside packed weights or none. Host tensors of confined arenas are refused where the engine
     * has several threads.
     *
     * @param x the operation's first operand, of any number of rows
     * @param y its result
     */
    public void run(final Tensor x, final Tensor y) {
        if (takesB) {
            throw new IllegalStateException("plan: made for two operands at run time; use run(a, b, y)");
        }
        checkAndRun(x, null, y);
    }

    /** Runs with both operands as they are now, shaped by the operation's layout. */
    public void run(final Tensor a, final Tensor b, final Tensor y) {
        if (!takesB) {
            throw new IllegalStateException("plan: made for packed weights or none; use run(x, y)");
        }
        checkAndRun(a, Require.notNull(b, "b"), y);
    }

    private void checkAndRun(final Tensor a, final Tensor b, final Tensor y) {
        operation.check(a, b, y);
        enter();
        try {
            execute(a, b, y);
        } finally {
            leave();
        }
    }

    /** Chooses and prepares the kernel for a class of row counts now, so that the first run need not. */
    public Plan prepare(final RowClass rows) {
        prepared(rows);
        return this;
    }

    /** Why runs with so many rows go where they go. */
    public Explanation explain(final long rows) {
        return prepared(RowClass.of(rows)).explanation();
    }

    /** The explanations for all row classes. */
    public Map<RowClass, Explanation> explain() {
        final Map<RowClass, Explanation> all = new EnumMap<>(RowClass.class);
        for (final RowClass rows : RowClass.values()) {
            all.put(rows, prepared(rows).explanation());
        }
        return all;
    }

    private void execute(final Tensor a, final Tensor b, final Tensor y) {
        if (y.shape().elements() == 0) {
            return;
        }
        HostAccess.check(a, "a", engine.threads());
        HostAccess.check(b, "b", engine.threads());
        HostAccess.check(y, "y", engine.threads());
        choice(RowClass.of(operation.rows(a, y))).executable().run(a, b, y);
    }

    /** A choice made outside of a run: preparing a kernel reads the weights, which stay open meanwhile. */
    private Choice prepared(final RowClass rows) {
        final Choice made = choices.get(rows.ordinal());
        if (made != null) {
            return made;
        }
        enter();
        try {
            return choice(rows);
        } finally {
            leave();
        }
    }

    private void enter() {
        if (weights == null) {
            gate.enter();
        } else {
            weights.enter();
        }
    }

    private void leave() {
        if (weights == null) {
            gate.leave();
        } else {
            weights.leave();
        }
    }

    private Choice choice(final RowClass rows) {
        final Choice made = choices.get(rows.ordinal());
        return made != null ? made : choose(rows);
    }

    private synchronized Choice choose(final RowClass rows) {
        final Choice made = choices.get(rows.ordinal());
        if (made != null) {
            return made;
        }
        final Choice chosen = engine.dispatcher().choose(operation, weights, rows);
        choices.set(rows.ordinal(), chosen);
        return chosen;
    }

    /** What the dispatcher decided. */
    record Choice(Executable executable, Explanation explanation) {}
}
