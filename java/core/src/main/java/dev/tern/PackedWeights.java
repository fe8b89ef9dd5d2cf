package dev.tern;

import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * The weights of an operation: as they came, and in each layout that some plan's kernel reads, made when first needed.
 *
 * <p>Counted: {@link #retain} adds an owner, {@link #close} takes one away, and the last one frees the memory once the
 * runs under way have ended. A run after that throws {@link IllegalStateException}. Shared by any number of plans and
 * threads.
 */
public final class PackedWeights implements AutoCloseable {
    private final Engine engine;
    private final Operation operation;
    private final MemorySegment memory; // null where it is a part of other weights
    private final Tensor canonical;
    private final Gate gate = new Gate("weights");
    private final Map<String, PackedForm> forms = new HashMap<>();
    private int owners = 1;

    PackedWeights(final Engine engine, final Operation operation, final Tensor weights) {
        this.engine = engine;
        this.operation = operation;
        final long bytes = Tensor.denseBytes(weights.type(), weights.shape());
        memory = engine.execution().memory().allocate(bytes);
        canonical = Tensor.wrap(memory.asSlice(0, bytes), weights.type(), weights.shape());
        weights.copyTo(canonical);
    }

    /** A part of other weights, which own its memory. */
    private PackedWeights(final PackedWeights whole, final Operation operation, final Tensor part) {
        this.engine = whole.engine;
        this.operation = operation;
        memory = null;
        canonical = part;
    }

    /** The forms of a part are one form of the whole. */
    private record Part(PackedWeights weights) implements PackedForm {
        @Override
        public long bytes() {
            return weights.bytes();
        }

        @Override
        public void free() {
            weights.free();
        }
    }

    /** For backends: a part of the weights, as those of another operation. It lives as long as these do. */
    public PackedWeights part(final String name, final Operation of, final UnaryOperator<Tensor> cut) {
        return form("part " + name, Part.class, whole -> new Part(new PackedWeights(this, of, cut.apply(whole))))
                .weights();
    }

    public Operation operation() {
        return operation;
    }

    public Engine engine() {
        return engine;
    }

    /** For backends: the weights as they came, in host memory; without gaps, but for a part of others. */
    public Tensor canonical() {
        return canonical;
    }

    /** For backends: the weights in a layout, packed by the first that asks. */
    public synchronized <F extends PackedForm> F form(
            final String layout, final Class<F> type, final Function<Tensor, F> pack) {
        if (gate.isClosed()) {
            throw new IllegalStateException("weights closed");
        }
        return type.cast(forms.computeIfAbsent(layout, l -> pack.apply(canonical)));
    }

    /** Bytes of all forms, the canonical one among them. */
    public synchronized long bytes() {
        return (memory == null ? 0 : canonical.extentBytes())
                + forms.values().stream().mapToLong(PackedForm::bytes).sum();
    }

    /** Adds an owner, who has to {@link #close} as well. */
    public synchronized PackedWeights retain() {
        if (owners == 0) {
            throw new IllegalStateException("weights closed");
        }
        owners++;
        return this;
    }

    @Override
    public void close() {
        synchronized (this) {
            if (owners == 0 || --owners > 0) {
                return;
            }
        }
        free();
    }

    /** Waits for runs under way, then frees; a second call has no effect. */
    void free() {
        if (gate.close()) {
            synchronized (this) {
                owners = 0;
                forms.values().forEach(PackedForm::free);
                forms.clear();
            }
            if (memory != null) {
                engine.execution().memory().release(memory);
                engine.forget(this);
            }
        }
    }

    void enter() {
        gate.enter();
    }

    void leave() {
        gate.leave();
    }
}
