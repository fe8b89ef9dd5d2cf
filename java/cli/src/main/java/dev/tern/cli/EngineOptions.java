package dev.tern.cli;

import dev.tern.Engine;
import dev.tern.Isa;
import dev.tern.Tuning;
import java.util.Map;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;

/** Where, and with how many threads, a command computes. */
final class EngineOptions {
    @Option(names = "--device", paramLabel = "D", description = "auto, cpu, cpu:native, cpu:vector, opencl:cpu:0 …")
    private String device;

    @Option(names = "--threads", paramLabel = "N", description = "Threads of one run; by default the physical cores.")
    private Integer threads;

    @Option(
            names = "--max-isa",
            paramLabel = "ISA",
            converter = IsaWord.class,
            description = "Keep to kernels for this instruction set and those below it, such as avx2.")
    private Isa maxIsa;

    Engine engine(final Tuning tuning) {
        return engine(tuning, device);
    }

    /** One of so many engines that share the threads, which takes kernels as another one chose them. */
    Engine engine(final Tuning tuning, final Map<String, String> choices, final int engines) {
        return builder(tuning, device).choices(choices).sharedBy(engines).build();
    }

    /** An engine pinned to a device other than the one asked for. */
    Engine engine(final Tuning tuning, final String pinned) {
        return builder(tuning, pinned).build();
    }

    private Engine.Builder builder(final Tuning tuning, final String pinned) {
        final Engine.Builder builder = Engine.builder().tuning(tuning);
        if (pinned != null) {
            builder.device(pinned);
        }
        if (threads != null) {
            builder.threads(threads);
        }
        if (maxIsa != null) {
            builder.maxIsa(maxIsa);
        }
        return builder;
    }

    /** Reads the words that names and reports use. */
    static final class IsaWord implements ITypeConverter<Isa> {
        @Override
        public Isa convert(final String word) {
            return Isa.of(word);
        }
    }
}
