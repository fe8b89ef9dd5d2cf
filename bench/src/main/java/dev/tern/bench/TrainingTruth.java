package dev.tern.bench;

import dev.tern.Engine;
import dev.tern.model.Parameter;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * The gradient of a step by the reference backend, whose layers are held to the slope of the loss elsewhere. A gradient
 * may be off by a thousandth of the largest of its parameter: by how f32 sums over samples, positions and steps differ.
 */
final class TrainingTruth implements Truth {
    private static final double BOUND = 1e-3;

    private final MemorySegment gradient;
    private final List<Part> parts;

    /** A parameter's place among the elements, and how far each may be off. */
    private record Part(long from, long to, double bound) {}

    private TrainingTruth(final MemorySegment gradient, final List<Part> parts) {
        this.gradient = gradient;
        this.parts = parts;
    }

    static TrainingTruth of(final TrainingCase training, final Inputs inputs) {
        try (Engine engine = Engine.builder().threads(1).device("cpu:reference").build();
                TernTraining step = new TernTraining(engine, training, inputs)) {
            step.run();
            final MemorySegment gradient = step.output();
            final List<Part> parts = new ArrayList<>();
            long from = 0;
            for (final Parameter parameter :
                    training.graph(inputs.b()).parameters().values()) {
                final long to = from + parameter.tensor().shape().elements();
                parts.add(new Part(from, to, BOUND * largest(gradient, from, to)));
                from = to;
            }
            return new TrainingTruth(gradient, parts);
        }
    }

    private static double largest(final MemorySegment values, final long from, final long to) {
        double largest = 0;
        for (long i = from; i < to; i++) {
            largest = Math.max(largest, Math.abs(at(values, i)));
        }
        return largest;
    }

    private static float at(final MemorySegment values, final long index) {
        return values.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, index);
    }

    @Override
    public OptionalLong firstWrong(final MemorySegment y, final double rounding) {
        for (final Part part : parts) {
            for (long i = part.from(); i < part.to(); i++) {
                if (!(Math.abs(at(y, i) - at(gradient, i)) <= part.bound())) {
                    return OptionalLong.of(i);
                }
            }
        }
        return OptionalLong.empty();
    }
}
