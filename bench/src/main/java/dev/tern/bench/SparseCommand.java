package dev.tern.bench;

import java.util.List;
import picocli.CommandLine.Command;

/** {@code scripts/bench sparse}: pruned weights beside dense ones. K and the block have to divide by four. */
@Command(name = "sparse", description = "Products with pruned weights, beside the same product with its zeros.")
final class SparseCommand extends SuiteCommand {

    /** A square, half a batch of it, and few rows. */
    private static final List<String> SHAPES =
            List.of("1024x1024x1024", "512x1024x1024", "128x768x3072", "64x1024x1024", "16x1024x1024", "1x1024x1024");

    @Override
    String op() {
        return "sparse";
    }

    @Override
    List<String> types() {
        return List.of(
                "u8s8u8-1x4-50%",
                "u8s8u8-1x4-70%",
                "u8s8u8-1x4-80%",
                "u8s8u8-1x4-90%",
                "u8s8u8-2:4-50%",
                "f32-csr-50%",
                "f32-csr-70%",
                "f32-csr-90%",
                "f32-2:4-50%");
    }

    @Override
    List<String> shapes(final String type) {
        return SHAPES;
    }

    @Override
    List<String> quickShapes(final String type) {
        return SHAPES.subList(0, 2);
    }

    @Override
    List<String> smokeShapes() {
        return List.of("17x36x64");
    }
}
