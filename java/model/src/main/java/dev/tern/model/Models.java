package dev.tern.model;

import java.util.List;

/** The models that are known by name; their parameters are zero until somebody initialises them. */
public final class Models {
    private static final int MNIST_PIXELS = 28 * 28;
    private static final int DIGITS = 10;

    private Models() {}

    public static List<String> names() {
        return List.of("mlp", "lenet-300-100");
    }

    public static Graph byName(final String name) {
        return switch (name) {
            case "mlp" -> perceptron(name, MNIST_PIXELS, 128, DIGITS);
            case "lenet-300-100" -> perceptron(name, MNIST_PIXELS, 300, 100, DIGITS);
            default -> throw new IllegalArgumentException("model '%s'; known: %s".formatted(name, names()));
        };
    }

    /** Linear layers of the given widths from input to logits, ReLU between them. */
    public static Graph perceptron(final String name, final long... widths) {
        final GraphBuilder builder = Graph.builder(name).input("pixels", ValueType.f32(widths[0]));
        for (int i = 1; i < widths.length; i++) {
            builder.linear("fc" + i, widths[i]);
            if (i < widths.length - 1) {
                builder.relu("relu" + i);
            }
        }
        return builder.build();
    }
}
