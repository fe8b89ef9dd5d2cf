package dev.tern.nn;

import dev.tern.DataType;
import dev.tern.Engine;
import dev.tern.Gemm;
import dev.tern.Lstm;
import dev.tern.LstmTraining;
import dev.tern.Plan;
import dev.tern.Shape;
import dev.tern.Tensor;
import dev.tern.model.RecentView;
import dev.tern.nn.ParameterSet.Trained;
import java.util.Arrays;

/** An LSTM layer over sequences, and its gradient through time, on the tape of {@link LstmTraining}. */
final class LstmStage implements Stage {
    private final Engine engine;
    private final LstmTraining training;
    private final Value x;
    private final Value y;
    private final Trained weight;
    private final Trained bias;
    private final boolean addsToParameters;
    private final Contribution byInput;
    private final Plan forward;
    private final Plan backward;
    private final Plan byInputs;
    private final Tensor memory;
    private final Tensor inputWeights;
    private final Tensor recurrentWeights;
    private final int steps;
    private final Run[] runs;
    private final RowCopy rows;

    LstmStage(
            final Engine engine,
            final Lstm lstm,
            final Value x,
            final Value y,
            final Trained weight,
            final Trained bias,
            final boolean addsToParameters) {
        this.engine = engine;
        this.training = lstm.training();
        this.x = x;
        this.y = y;
        this.weight = weight;
        this.bias = bias;
        this.addsToParameters = addsToParameters;
        byInput = x.isDifferentiated() ? new Contribution(x, engine) : null;
        forward = engine.compile(training);
        backward = engine.compile(training.backward());
        byInputs = byInput == null ? null : engine.compile(training.byInputs());
        steps = Math.toIntExact(x.value(x.maxBatch()).length(1));
        final long elements = training.tape(steps, x.maxBatch()).elements();
        memory = Tensor.allocate(DataType.F32, Shape.of(elements));
        inputWeights = lstm.inputWeights(weight.value());
        recurrentWeights = lstm.recurrentWeights(weight.value());
        runs = new Run[x.maxBatch() + 1];
        rows = new RowCopy(engine);
    }

    private Run run(final int batch) {
        if (runs[batch] == null) {
            runs[batch] = new Run(batch);
        }
        return runs[batch];
    }

    @Override
    public void forward(final int batch) {
        final Run run = run(batch);
        rows.copy(run.sequences.of(x.value(batch)), run.x);
        forward.run(weight.value(), bias.value(), run.tape);
        rows.copy(run.y, run.results.of(y.value(batch)));
    }

    @Override
    public void backward(final int batch) {
        final Run run = run(batch);
        backward.run(recurrentWeights, run.gradients.of(y.gradient(batch)), run.tape);
        run.byWeights.run(run.gates, run.terms, weight.gradient());
        run.byBias.run(run.ones, run.gates, run.biasGradient);
        if (byInput != null) {
            byInputs.run(run.gates, inputWeights, run.dx);
            rows.copy(run.dxBySteps, run.byInputs.of(byInput.target(batch)));
            byInput.add(batch);
        }
    }

    /** What belongs to one size of a batch. */
    private final class Run {
        private final RecentView sequences = RecentView.stepsFirst();
        private final RecentView results = RecentView.stepsFirst();
        private final RecentView gradients = RecentView.stepsFirst();
        private final RecentView byInputs = RecentView.stepsFirst();
        private final Tensor tape;
        private final Tensor x;
        private final Tensor y;
        private final Tensor gates;
        private final Tensor terms;
        private final Tensor ones;
        private final Tensor biasGradient;
        private final Tensor dx;
        private final Tensor dxBySteps;
        private final Plan byWeights;
        private final Plan byBias;

        Run(final int batch) {
            final int rows = steps * batch;
            final Shape shape = training.tape(steps, batch);
            tape = memory.first(shape.elements()).reshape(shape);
            x = training.x(tape);
            y = training.y(tape);
            gates = training.gates(tape);
            terms = training.terms(tape);
            ones = ones(rows);
            final long width = bias.gradient().length(0);
            biasGradient = bias.gradient().reshape(Shape.of(1, width));
            final long inputs = inputWeights.length(1);
            dx = byInput == null ? null : Tensor.allocate(DataType.F32, Shape.of(rows, inputs));
            dxBySteps = dx == null ? null : dx.reshape(Shape.of(steps, batch, inputs));
            byWeights = compile(training.byWeights(rows));
            byBias = compile(training.byBias(rows));
        }

        private Plan compile(final Gemm gemm) {
            return engine.compile(addsToParameters ? gemm.accumulate() : gemm);
        }

        private static Tensor ones(final int count) {
            final float[] values = new float[count];
            Arrays.fill(values, 1);
            return Tensor.of(Shape.of(1, count), values);
        }
    }
}
