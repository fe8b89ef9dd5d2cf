package dev.tern;

import java.util.List;

/**
 * Whether a backend has an operation on a device: the kernels that do it, or the reason why there are none.
 *
 * @param kernels those that this machine can run, the most promising first
 * @param reason why there are none; empty where there are some
 */
public record Support(List<Kernel> kernels, String reason) {
    public Support {
        kernels = List.copyOf(kernels);
        Require.that(kernels.isEmpty() != reason.isEmpty(), "reason", reason, "a reason exactly where no kernel is");
    }

    public static Support yes(final List<Kernel> kernels) {
        return new Support(kernels, "");
    }

    public static Support no(final String reason) {
        return new Support(List.of(), reason);
    }

    /** For a backend that has no kernels for a kind of operation. */
    public static Support none(final Operation operation) {
        return no("no kernels for " + operation.signature());
    }

    public boolean isYes() {
        return reason.isEmpty();
    }
}
