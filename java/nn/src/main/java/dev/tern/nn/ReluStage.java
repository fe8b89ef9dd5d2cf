package dev.tern.nn;

import dev.tern.Engine;

/** ReLU where it could not be folded into the layer before: {@code dx = dy where y > 0}. */
final class ReluStage implements Stage {
    private final Value x;
    private final Value y;
    private final Contribution byInput;
    private final BiasEpilogue epilogue;

    ReluStage(final Value x, final Value y, final Engine engine) {
        this.x = x;
        this.y = y;
        byInput = x.isDifferentiated() ? new Contribution(x, engine) : null;
        epilogue = new BiasEpilogue(engine, 1, null, false, true);
    }

    @Override
    public void forward(final int batch) {
        y.value(batch).segment().copyFrom(x.value(batch).segment());
        epilogue.forward(y.value(batch));
    }

    @Override
    public void backward(final int batch) {
        if (byInput != null) {
            byInput.target(batch).segment().copyFrom(y.gradient(batch).segment());
            epilogue.backward(y.value(batch), byInput.target(batch));
            byInput.add(batch);
        }
    }
}
