package dev.tern.nn;

import dev.tern.Conv2d;
import dev.tern.Engine;
import dev.tern.Plan;
import dev.tern.Tensor;
import dev.tern.nn.ParameterSet.Trained;

/** {@code y = activation(conv(x, W) + b)}, with the engine's convolution and its two gradients. */
final class ConvolutionStage implements Stage {
    private final Value x;
    private final Value y;
    private final Trained weight;
    private final BiasEpilogue epilogue;
    private final Plan forward;
    private final Plan byInput;
    private final Plan byWeight;

    /** {@code conv} is bare: its bias and activation are the epilogue's. */
    ConvolutionStage(
            final Engine engine,
            final Conv2d conv,
            final Value x,
            final Value y,
            final Trained weight,
            final boolean addsToWeight,
            final BiasEpilogue epilogue) {
        this.x = x;
        this.y = y;
        this.weight = weight;
        this.epilogue = epilogue;
        forward = engine.compile(conv);
        byInput = x.isDifferentiated()
                ? engine.compile(
                        x.claimGradient()
                                ? conv.backwardData()
                                : conv.backwardData().accumulate())
                : null;
        final Conv2d gradient = conv.backwardWeights();
        byWeight = engine.compile(addsToWeight ? gradient.accumulate() : gradient);
    }

    @Override
    public void forward(final int batch) {
        final Tensor output = y.value(batch);
        forward.run(x.value(batch), weight.value(), output);
        epilogue.forward(output);
    }

    @Override
    public void backward(final int batch) {
        final Tensor gradient = y.gradient(batch);
        epilogue.backward(y.value(batch), gradient);
        byWeight.run(x.value(batch), gradient, weight.gradient());
        if (byInput != null) {
            byInput.run(gradient, weight.value(), x.gradient(batch));
        }
    }
}
