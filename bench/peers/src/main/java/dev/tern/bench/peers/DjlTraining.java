package dev.tern.bench.peers;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.GradientCollector;
import ai.djl.training.Trainer;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import dev.tern.bench.Inputs;
import dev.tern.bench.Prepared;
import dev.tern.bench.TrainingCase;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** Steps of training by DJL. Images are NCHW, which is how it wants them; they are transposed before. */
final class DjlTraining implements Prepared {
    private final DjlModel layout;
    private final Model model;
    private final Trainer trainer;
    private final NDManager manager;
    private final NDArray x;
    private final NDArray labels;
    private final long bytesY;

    DjlTraining(final TrainingCase training, final Inputs inputs) {
        layout = DjlModel.of(training);
        bytesY = training.bytesY();
        model = Model.newInstance(training.model(), Device.cpu(), "PyTorch");
        model.setBlock(layout.block(inputs.b()));
        trainer = model.newTrainer(new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
                .optDevices(new Device[] {Device.cpu()})
                .optOptimizer(Optimizer.adam()
                        .optLearningRateTracker(Tracker.fixed(TrainingCase.LEARNING_RATE))
                        .build()));
        manager = trainer.getManager();
        final Shape shape = layout.inputs();
        x = manager.create(layout.images(inputs.a()), shape);
        labels = manager.create(training.labels());
        trainer.initialize(shape);
    }

    @Override
    public String kernel() {
        return "-";
    }

    @Override
    public void run() {
        gradient();
        trainer.step();
    }

    /** What is made on the way belongs to a manager of its own, and goes with it. */
    private void gradient() {
        try (NDManager step = manager.newSubManager()) {
            x.attach(step);
            labels.attach(step);
            try (GradientCollector collector = trainer.newGradientCollector()) {
                final NDList y = trainer.forward(new NDList(x));
                collector.backward(trainer.getLoss().evaluate(new NDList(labels), y));
            }
            x.attach(manager);
            labels.attach(manager);
        }
    }

    /** A step clears its gradients, so they are computed once more. */
    @Override
    public MemorySegment output() {
        gradient();
        final MemorySegment y = Arena.ofAuto().allocate(bytesY, Float.BYTES);
        final List<Parameter> parameters = model.getBlock().getParameters().values();
        long at = 0;
        for (final float[] gradient : layout.inOrder(parameters.stream()
                .map(parameter -> parameter.getArray().getGradient().toFloatArray())
                .toList())) {
            MemorySegment.copy(gradient, 0, y, ValueLayout.JAVA_FLOAT, at, gradient.length);
            at += (long) gradient.length * Float.BYTES;
        }
        return y;
    }

    @Override
    public void close() {
        trainer.close();
        model.close();
    }
}
