package dev.tern.bench;

import java.util.Arrays;
import java.util.List;
import picocli.CommandLine.Command;

/** {@code scripts/bench conv}. */
@Command(name = "conv", description = "Convolutions: types, shapes and threads as in docs/benchmarks.md.")
final class ConvCommand extends SuiteCommand {

    /** ResNet's windows, its first layer, its bottlenecks, MobileNet's depthwise layers, and a batch. */
    private static final List<String> SHAPES = List.of(
            "1x56x56x64-64-3x3s1p1",
            "1x28x28x128-128-3x3s1p1",
            "1x14x14x256-256-3x3s1p1",
            "1x7x7x512-512-3x3s1p1",
            "1x224x224x3-64-7x7s2p3",
            "1x56x56x256-64-1x1s1p0",
            "1x56x56x64-256-1x1s1p0",
            "1x112x112x32-32-3x3s1p1g32",
            "1x28x28x192-192-3x3s1p1g192",
            "8x56x56x64-64-3x3s1p1");

    /** One of each kind. */
    private static final List<String> QUICK_SHAPES = List.of(
            "1x56x56x64-64-3x3s1p1",
            "1x14x14x256-256-3x3s1p1",
            "1x224x224x3-64-7x7s2p3",
            "1x56x56x256-64-1x1s1p0",
            "1x28x28x192-192-3x3s1p1g192");

    /** A binary network keeps its first layer and its bottlenecks in more bits. */
    private static final List<String> SIGN_SHAPES = List.of("1x14x14x256-256-3x3s1p1");

    @Override
    String op() {
        return "conv";
    }

    @Override
    List<String> types() {
        return Arrays.stream(ConvType.values()).map(ConvType::label).toList();
    }

    @Override
    List<String> shapes(final String type) {
        return ConvType.of(type).isSigns() ? SIGN_SHAPES : SHAPES;
    }

    @Override
    List<String> quickShapes(final String type) {
        return ConvType.of(type).isSigns() ? SIGN_SHAPES : QUICK_SHAPES;
    }

    @Override
    List<String> smokeShapes() {
        return List.of("2x7x9x5-6-3x3s2p1", "1x5x6x16-16-3x3s1p1g16");
    }
}
