package dev.tern.model;

import java.util.List;
import java.util.Objects;

/**
 * A layer in its place. The value that it makes bears the node's name.
 *
 * @param inputs names of the values that it reads
 */
public record Node(String name, Layer layer, List<String> inputs) {
    public Node {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(layer, "layer");
        inputs = List.copyOf(inputs);
    }
}
