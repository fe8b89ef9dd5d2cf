package dev.tern.vector;

/** The one reason for which tests of a width do not run: that this processor has no such vectors. */
final class HardwareWidth {
    private HardwareWidth() {}

    static boolean isThere() {
        return VectorWidth.refusal().isEmpty();
    }
}
