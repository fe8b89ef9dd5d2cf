package dev.tern.bench;

import java.util.List;
import picocli.CommandLine.Command;

/** {@code scripts/bench lowbit}: weights of four and of two bits beside those of eight. */
@Command(name = "lowbit", description = "Matrix products with 4- and 2-bit weights, beside int8 and its peers.")
final class LowbitCommand extends GemmCommand {

    @Override
    List<GemmType> types() {
        return List.of(GemmType.U8S8S32, GemmType.U8S4S32, GemmType.U8S2S32);
    }

    @Override
    List<String> shapes() {
        return GemmSuite.LOWBIT_SHAPES;
    }
}
