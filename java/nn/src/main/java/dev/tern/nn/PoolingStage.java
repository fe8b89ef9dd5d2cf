package dev.tern.nn;

import dev.tern.Engine;
import dev.tern.Plan;
import dev.tern.Pool2d;

/** The maximum or average of windows, and its gradient, by the engine. */
final class PoolingStage implements Stage {
    private final Value x;
    private final Value y;
    private final boolean max;
    private final Contribution byInput;
    private final Plan forward;
    private final Plan backward;

    PoolingStage(final Engine engine, final Pool2d pool, final Value x, final Value y) {
        this.x = x;
        this.y = y;
        max = pool.mode() == Pool2d.Mode.MAX;
        byInput = x.isDifferentiated() ? new Contribution(x, engine) : null;
        forward = engine.compile(pool);
        backward = engine.compile(pool.backward());
    }

    @Override
    public void forward(final int batch) {
        forward.run(x.value(batch), y.value(batch));
    }

    @Override
    public void backward(final int batch) {
        if (byInput == null) {
            return;
        }
        if (max) {
            backward.run(x.value(batch), y.gradient(batch), byInput.target(batch));
        } else {
            backward.run(y.gradient(batch), byInput.target(batch));
        }
        byInput.add(batch);
    }
}
