package dev.tern.model;

import dev.tern.Pool2d;
import dev.tern.Quantization;
import dev.tern.Shape;
import dev.tern.Window;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** A {@link Pool2d} of images [height, width, channels], of floats or of bytes, which stay what they are. */
public record Pooling(Pool2d.Mode mode, Window window, boolean countsPadding) implements Layer {
    public Pooling {
        Objects.requireNonNull(mode, "mode");
        Objects.requireNonNull(window, "window");
    }

    public static Pooling max(final Window window) {
        return new Pooling(Pool2d.Mode.MAX, window, false);
    }

    /** Over the positions inside the image. */
    public static Pooling average(final Window window) {
        return new Pooling(Pool2d.Mode.AVERAGE, window, false);
    }

    @Override
    public String kind() {
        return mode == Pool2d.Mode.MAX ? "max_pool" : "average_pool";
    }

    @Override
    public ValueType infer(final List<ValueType> inputs, final Map<String, Parameter> parameters) {
        final ValueType input = Layer.single(this, inputs);
        final Pool2d pool = operation(input);
        return new ValueType(input.precision(), Shape.of(pool.outputHeight(), pool.outputWidth(), pool.channels()));
    }

    /** What the engine is asked to compute. */
    public Pool2d operation(final ValueType input) {
        final ImageSize image = ImageSize.of(this, input);
        final Precision precision = input.precision();
        return new Pool2d(
                mode,
                Pool2d.Pass.FORWARD,
                precision.type(),
                image.height(),
                image.width(),
                image.channels(),
                window,
                countsPadding,
                precision.isQuantized() ? precision.quantization() : Quantization.symmetric(1));
    }
}
