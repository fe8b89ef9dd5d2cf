package dev.tern.opencl;

import java.nio.file.Path;
import java.util.Optional;

/** The program that devices are given instead of the sources: {@code .aocx}, {@code .xclbin}, or any driver's own. */
final class ClBinary {
    static final String PROPERTY = "tern.opencl.binary";

    private ClBinary() {}

    static Optional<Path> configured() {
        return Optional.ofNullable(System.getProperty(PROPERTY))
                .filter(path -> !path.isBlank())
                .map(Path::of);
    }
}
