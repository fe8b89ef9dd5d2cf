package dev.tern.bench;

import java.util.List;
import picocli.CommandLine.Command;

/** {@code scripts/bench lstm}. */
@Command(name = "lstm", description = "Layers of long short-term memory, forward over all steps.")
final class LstmCommand extends SuiteCommand {

    /** MNIST row by row in batches of two sizes, and a layer whose weights outgrow a core's caches. */
    private static final List<String> SHAPES =
            List.of("28x64x28-128", "28x256x28-128", "28x64x28-512", "28x256x28-512", "28x1x28-128");

    @Override
    String op() {
        return "lstm";
    }

    @Override
    List<String> types() {
        return List.of(GemmType.F32.label());
    }

    @Override
    List<String> shapes(final String type) {
        return SHAPES;
    }

    @Override
    List<String> quickShapes(final String type) {
        return SHAPES.subList(0, 3);
    }

    @Override
    List<String> smokeShapes() {
        return List.of("3x5x7-17");
    }
}
