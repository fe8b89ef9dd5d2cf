package dev.tern.bench;

import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine.Command;

/** {@code scripts/bench gemm}. */
@Command(name = "gemm", description = "Matrix products: types, shapes and threads as in docs/benchmarks.md.")
class GemmCommand extends SuiteCommand {

    /** Recurrent and batch-1 layers, MNIST's MLP, squares, BERT's layers, ResNet's as im2col, and two ragged ones. */
    private static final List<String> SHAPES = List.of(
            "1x1024x1024",
            "1x4096x4096",
            "16x1024x1024",
            "32x128x784",
            "256x128x784",
            "64x64x64",
            "128x128x128",
            "256x256x256",
            "512x512x512",
            "1024x1024x1024",
            "2048x2048x2048",
            "128x768x768",
            "128x3072x768",
            "128x768x3072",
            "3136x64x576",
            "784x128x1152",
            "196x256x2304",
            "49x512x4608",
            "100x100x100",
            "17x33x65");

    /** Attention's, of a BERT layer and of a short sequence: scores, then what they weigh. */
    private static final List<String> BATCHES = List.of("12x128x128x64", "12x128x64x128", "64x32x32x32");

    /** One of each kind. */
    private static final List<String> QUICK_SHAPES = List.of(
            "1x1024x1024",
            "256x128x784",
            "64x64x64",
            "512x512x512",
            "128x768x3072",
            "196x256x2304",
            "17x33x65",
            "12x128x128x64");

    @Override
    final String op() {
        return "gemm";
    }

    @Override
    List<String> types() {
        return labels(GemmType.DENSE);
    }

    static List<String> labels(final List<GemmType> types) {
        return types.stream().map(GemmType::label).toList();
    }

    @Override
    List<String> shapes(final String type) {
        return Stream.concat(SHAPES.stream(), BATCHES.stream()).toList();
    }

    @Override
    List<String> quickShapes(final String type) {
        return QUICK_SHAPES;
    }

    @Override
    final List<String> smokeShapes() {
        return List.of("17x33x65", "3x5x7x65");
    }
}
