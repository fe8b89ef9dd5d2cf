package dev.tern.bench;

import java.util.List;
import picocli.CommandLine.Command;

/** {@code scripts/bench lowbit}: weights of four and of two bits beside those of eight. */
@Command(name = "lowbit", description = "Matrix products with 4- and 2-bit weights, beside int8 and its peers.")
final class LowbitCommand extends GemmCommand {

    /** A row of activations beside the weights of recurrent layers and of language models, then more rows. */
    private static final List<String> SHAPES = List.of(
            "1x1024x1024",
            "1x2048x2048",
            "1x4096x4096",
            "4x1024x1024",
            "16x1024x1024",
            "64x1024x1024",
            "128x768x768",
            "512x512x512",
            "1024x1024x1024");

    /** One token, a few, and a prompt, beside the weights of a language model. */
    private static final List<String> GROUP_SHAPES =
            List.of("1x1024x1024", "1x4096x4096", "4x4096x4096", "256x1024x1024");

    @Override
    List<String> types() {
        return labels(List.of(
                GemmType.U8S8S32,
                GemmType.U8S4S32,
                GemmType.U8S2S32,
                GemmType.F32S8G128,
                GemmType.F32S4G32,
                GemmType.F32S4G128,
                GemmType.F32S2G128,
                GemmType.U8S4G32,
                GemmType.U8S4G128));
    }

    @Override
    List<String> shapes(final String type) {
        return GemmType.of(type).group() == 0 ? SHAPES : GROUP_SHAPES;
    }
}
