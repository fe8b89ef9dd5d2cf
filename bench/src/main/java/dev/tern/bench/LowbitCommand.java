package dev.tern.bench;

import java.util.List;
import java.util.stream.Stream;
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

    /** A language model's: one token, a few, a prompt. */
    private static final List<String> GROUPED_SHAPES =
            List.of("1x1024x1024", "1x4096x4096", "4x1024x1024", "4x4096x4096", "256x1024x1024", "256x4096x4096");

    @Override
    List<String> types() {
        final List<GemmType> types = List.of(GemmType.U8S8S32, GemmType.U8S4S32, GemmType.U8S2S32);
        return labels(Stream.concat(types.stream(), GemmType.GROUPED.stream()).toList());
    }

    @Override
    List<String> shapes(final String type) {
        return GemmType.of(type).isGrouped() ? GROUPED_SHAPES : SHAPES;
    }

    /** One and many rows; of groups of 128 one row, for the time's sake. */
    @Override
    List<String> quickShapes(final String type) {
        return switch (GemmType.of(type).group()) {
            case 0 -> List.of("1x1024x1024", "1x4096x4096", "512x512x512");
            case 32 -> List.of("1x1024x1024", "256x1024x1024");
            default -> List.of("1x1024x1024");
        };
    }
}
