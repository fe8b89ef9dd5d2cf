package dev.tern.model;

import dev.tern.Window;
import java.util.List;

/** The models that are known by name; their parameters are zero until somebody initialises them. */
public final class Models {
    private static final int CLASSES = 10;

    private Models() {}

    public static List<String> names() {
        return List.of("mlp", "lenet-300-100", "lenet-5", "cnn", "lstm");
    }

    public static Graph byName(final String name) {
        return switch (name) {
            case "mlp" -> perceptron(name, 28 * 28, 128, CLASSES);
            case "lenet-300-100" -> perceptron(name, 28 * 28, 300, 100, CLASSES);
            case "lenet-5" -> lenet5();
            case "cnn" -> cnn();
            case "lstm" -> lstm();
            default -> throw new IllegalArgumentException("model '%s'; known: %s".formatted(name, names()));
        };
    }

    /** With 431,080 parameters, as Han et al., Deep Compression (2016), compress it. */
    private static Graph lenet5() {
        final Window five = Window.of(5, 5);
        final Window half = Window.of(2, 2).stride(2);
        return Graph.builder("lenet-5")
                .input("image", ValueType.f32(28, 28, 1))
                .conv2d("conv1", 20, five)
                .maxPool("pool1", half)
                .conv2d("conv2", 50, five)
                .maxPool("pool2", half)
                .flatten("features")
                .linear("fc1", 500)
                .relu("relu1")
                .linear("fc2", CLASSES)
                .build();
    }

    private static Graph cnn() {
        final Window three = Window.of(3, 3).padding(1);
        final Window half = Window.of(2, 2).stride(2);
        return Graph.builder("cnn")
                .input("image", ValueType.f32(24, 24, 3))
                .conv2d("conv1", 32, three)
                .relu("relu1")
                .maxPool("pool1", half)
                .conv2d("conv2", 64, three)
                .relu("relu2")
                .maxPool("pool2", half)
                .flatten("features")
                .linear("fc1", 128)
                .relu("relu3")
                .linear("fc2", CLASSES)
                .build();
    }

    /** Reads an image as 28 rows of 28. */
    private static Graph lstm() {
        return Graph.builder("lstm")
                .input("rows", ValueType.f32(28, 28))
                .lstm("lstm1", 128)
                .lstm("lstm2", 128)
                .lastStep("last")
                .linear("fc", CLASSES)
                .build();
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
