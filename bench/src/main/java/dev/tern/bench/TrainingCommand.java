package dev.tern.bench;

import java.util.List;
import picocli.CommandLine.Command;

/** {@code scripts/bench training}. */
@Command(name = "training", description = "Steps of training: forward, loss, backward, Adam.")
final class TrainingCommand extends SuiteCommand {

    private static final List<String> SHAPES = List.of("mlp-64", "mlp-256", "cnn-64", "cnn-256", "lstm-64", "lstm-256");

    @Override
    String op() {
        return "training";
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
        return List.of("mlp-64", "cnn-64", "lstm-64");
    }

    @Override
    List<String> smokeShapes() {
        return List.of("mlp-3", "cnn-3", "lstm-3");
    }
}
