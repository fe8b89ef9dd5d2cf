package dev.tern.probe;

import dev.tern.Isa;
import dev.tern.ffm.NativeLibrary;
import dev.tern.probe.ProbeReport.Missing;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** What the native library says of itself and of the processor. */
final class NativeReader {
    private NativeReader() {}

    static ProbeReport.NativeLibrary library(final NativeLibrary library) {
        if (!library.isLoaded()) {
            return new ProbeReport.NativeLibrary(null, null, null, List.of(), missing(library));
        }
        final Optional<Isa> clamp = clamp(System.getProperty("tern.maxIsa"));
        return new ProbeReport.NativeLibrary(
                library.path().toString(),
                library.sha256(),
                library.buildInfo(),
                library.cpuIsas().stream()
                        .filter(isa -> clamp.isEmpty() || clamp.get().admits(isa))
                        .map(Isa::word)
                        .toList(),
                null);
    }

    /** @param os the words of what the operating system lists */
    static ProbeReport.Isa isa(final List<String> os, final NativeLibrary library) {
        return library.isLoaded()
                ? new ProbeReport.Isa(
                        os, library.cpuIsas().stream().map(Isa::word).toList(), null)
                : new ProbeReport.Isa(os, null, missing(library));
    }

    private static Missing missing(final NativeLibrary library) {
        return new Missing(library.reason(), null);
    }

    /** Empty for a word that is no instruction set: the engine refuses it, and its report says so. */
    private static Optional<Isa> clamp(final String word) {
        return Arrays.stream(Isa.values())
                .filter(isa -> isa.word().equals(word))
                .findFirst();
    }
}
