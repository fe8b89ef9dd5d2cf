package dev.tern.nn;

import dev.tern.Tensor;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Linear layers of which several ranks have a part each. Those split by outputs have some rows of the weights, and read
 * what all ranks have; those split by inputs have some columns, and read what such a layer makes. So a pair of them
 * needs one sum over the ranks on each way.
 *
 * <p>Source: Shoeybi et al., Megatron-LM (2019), section 3.
 *
 * @param byOutputs names of nodes
 * @param byInputs names of nodes
 * @param sum puts in the place of a tensor the sum of those of all ranks
 */
public record SplitLayers(Set<String> byOutputs, Set<String> byInputs, Consumer<Tensor> sum) {
    public static final SplitLayers NONE = new SplitLayers(Set.of(), Set.of(), _ -> {});

    public SplitLayers {
        byOutputs = Set.copyOf(byOutputs);
        byInputs = Set.copyOf(byInputs);
        Objects.requireNonNull(sum, "sum");
    }

    Sums of(final String node) {
        return new Sums(byInputs.contains(node) ? sum : null, byOutputs.contains(node) ? sum : null);
    }

    /** What one layer sums over the ranks; null for nothing. */
    record Sums(Consumer<Tensor> output, Consumer<Tensor> gradient) {
        static final Sums NONE = new Sums(null, null);

        /** Whether the gradient by its input is a sum over ranks. */
        boolean areByInput() {
            return gradient != null;
        }

        void addOutput(final Tensor y) {
            if (output != null) {
                output.accept(y);
            }
        }

        void addGradient(final Tensor dx) {
            if (gradient != null) {
                gradient.accept(dx);
            }
        }
    }
}
