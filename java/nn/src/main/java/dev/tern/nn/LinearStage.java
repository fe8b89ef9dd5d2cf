package dev.tern.nn;

import dev.tern.Engine;
import dev.tern.Gemm;
import dev.tern.Layout;
import dev.tern.Plan;
import dev.tern.Tensor;
import dev.tern.nn.ParameterSet.Trained;

/**
 * {@code y = activation(x W^T + b)} with three GEMMs whose operands come at run time.
 *
 * <pre>
 * y  = x W^T      NT        dW = dy^T x     TN, over the batch
 * dx = dy W       NN        db = sum of dy over the batch
 * </pre>
 */
final class LinearStage implements Stage {
    private final Engine engine;
    private final Value x;
    private final Value y;
    private final Trained weight;
    private final boolean addsToWeight;
    private final BiasEpilogue epilogue;
    private final SplitLayers.Sums sums;
    private final Plan forward;
    private final Plan byInput;
    /** By batch size, which is the length of the sum. */
    private final Plan[] byWeight;

    LinearStage(
            final Engine engine,
            final Value x,
            final Value y,
            final Trained weight,
            final boolean addsToWeight,
            final BiasEpilogue epilogue,
            final SplitLayers.Sums sums) {
        this.engine = engine;
        this.x = x;
        this.y = y;
        this.weight = weight;
        this.addsToWeight = addsToWeight;
        this.epilogue = epilogue;
        this.sums = sums;
        forward = engine.compile(Gemm.of(outputs(), inputs()).layout(Layout.NT));
        byInput = x.isDifferentiated() ? engine.compile(byInput(claimed())) : null;
        byWeight = new Plan[x.maxBatch() + 1];
    }

    private boolean claimed() {
        final boolean overwrites = x.claimGradient();
        if (sums.areByInput() && !overwrites) {
            throw new IllegalArgumentException("a split layer reads a value that other layers read, too");
        }
        return overwrites;
    }

    private int outputs() {
        return Math.toIntExact(weight.value().length(0));
    }

    private int inputs() {
        return Math.toIntExact(weight.value().length(1));
    }

    private Gemm byInput(final boolean overwrites) {
        final Gemm gemm = Gemm.of(inputs(), outputs());
        return overwrites ? gemm : gemm.accumulate();
    }

    private Plan byWeight(final int batch) {
        if (byWeight[batch] == null) {
            final Gemm gemm = Gemm.of(inputs(), batch).layout(Layout.TN);
            byWeight[batch] = engine.compile(addsToWeight ? gemm.accumulate() : gemm);
        }
        return byWeight[batch];
    }

    @Override
    public void forward(final int batch) {
        final Tensor output = y.value(batch);
        forward.run(x.value(batch), weight.value(), output);
        sums.addOutput(output);
        epilogue.forward(output);
    }

    @Override
    public void backward(final int batch) {
        final Tensor gradient = y.gradient(batch);
        epilogue.backward(y.value(batch), gradient);
        byWeight(batch).run(gradient, x.value(batch), weight.gradient());
        if (byInput != null) {
            byInput.run(gradient, weight.value(), x.gradient(batch));
            sums.addGradient(x.gradient(batch));
        }
    }
}
