package dev.tern.nn;

import dev.tern.Engine;
import dev.tern.Plan;
import dev.tern.Pool2d;

/**
 * The maximum or average of windows, and its gradient, by the engine. Bias and ReLU of the sums that a maximum is taken
 * of may come after it, since both keep the order of numbers: there are a quarter as many then, or fewer.
 */
final class PoolingStage implements Stage {
    private final Value x;
    private final Value y;
    private final boolean max;
    private final Contribution byInput;
    private final Plan forward;
    private final Plan backward;
    private final BiasEpilogue epilogue;

    PoolingStage(final Engine engine, final Pool2d pool, final Value x, final Value y, final BiasEpilogue epilogue) {
        this.x = x;
        this.y = y;
        max = pool.mode() == Pool2d.Mode.MAX;
        byInput = x.isDifferentiated() ? new Contribution(x, engine) : null;
        forward = engine.compile(pool);
        backward = engine.compile(pool.backward());
        this.epilogue = epilogue;
    }

    @Override
    public void forward(final int batch) {
        forward.run(x.value(batch), y.value(batch));
        epilogue.forward(y.value(batch));
    }

    @Override
    public void backward(final int batch) {
        if (byInput == null) {
            return;
        }
        epilogue.backward(y.value(batch), y.gradient(batch));
        if (max) {
            backward.run(x.value(batch), y.gradient(batch), byInput.target(batch));
        } else {
            backward.run(y.gradient(batch), byInput.target(batch));
        }
        byInput.add(batch);
    }
}
