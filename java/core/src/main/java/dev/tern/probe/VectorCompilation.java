package dev.tern.probe;

import dev.tern.probe.ProbeReport.Missing;
import java.util.Optional;

/**
 * Whether this JVM turns the Vector API into vector instructions; where not, it is a hundred times slower than scalars.
 */
public final class VectorCompilation {
    private VectorCompilation() {}

    /** What stands in the way, if something does. */
    public static Optional<Missing> missing() {
        return missing(VmOptions.ofThisJvm());
    }

    static Optional<Missing> missing(final VmOptions options) {
        if (options.isOff("UseFMA")) {
            return Optional.of(
                    new Missing("the processor has no fused multiply-add, or it is off", "remove -XX:-UseFMA"));
        }
        return Optional.ofNullable(JvmReader.compiler(options).missing());
    }
}
