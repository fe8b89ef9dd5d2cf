package dev.tern;

import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;

/**
 * Objects that many threads take and give back without allocating and without waiting: an empty pool makes another
 * object, a full one drops what comes back.
 */
public final class ObjectPool<T> {
    private static final int SLOTS = 128;
    private static final int SPREAD = 16; // references in a cache line: neighbours in time do not share one

    private final AtomicReferenceArray<T> slots = new AtomicReferenceArray<>(SLOTS);
    private final Supplier<T> maker;

    public ObjectPool(final Supplier<T> maker) {
        this.maker = maker;
    }

    public T take() {
        final int start = start();
        for (int i = 0; i < SLOTS; i++) {
            final int slot = start + i & SLOTS - 1;
            if (slots.getPlain(slot) != null) {
                final T object = slots.getAndSet(slot, null);
                if (object != null) {
                    return object;
                }
            }
        }
        return maker.get();
    }

    public void give(final T object) {
        final int start = start();
        for (int i = 0; i < SLOTS; i++) {
            final int slot = start + i & SLOTS - 1;
            if (slots.getPlain(slot) == null && slots.compareAndSet(slot, null, object)) {
                return;
            }
        }
    }

    private static int start() {
        return (int) Thread.currentThread().threadId() * SPREAD & SLOTS - 1;
    }
}
