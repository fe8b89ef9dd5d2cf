package dev.tern.bench;

import java.util.List;
import picocli.CommandLine.Command;

/** {@code scripts/bench binary}: the shapes of {@code gemm}, with signs on both sides. No peer has them. */
@Command(name = "binary", description = "Matrix products of signs, beside the peak of xor, popcount and add.")
final class BinaryCommand extends GemmCommand {

    @Override
    List<String> types() {
        return labels(List.of(GemmType.B1B1S32));
    }
}
