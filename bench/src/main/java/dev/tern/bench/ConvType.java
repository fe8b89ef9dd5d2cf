package dev.tern.bench;

import dev.tern.bench.GemmType.Element;
import java.util.Arrays;
import java.util.List;

/** What a convolution multiplies. Weights are packed before the clock starts, and a ReLU follows. */
public enum ConvType implements BenchType {
    F32("f32", Element.F32, Element.F32, Element.F32),
    /** As within a quantized network: activations after a ReLU, zero at 0, weights with a scale for each filter. */
    U8S8U8("u8s8u8", Element.U8, Element.S8, Element.U8),
    /** Signs on both sides, f32 in and out: taking and packing those of activations counts. Others multiply f32. */
    B1B1F32("b1b1f32", Element.B1, Element.B1, Element.F32);

    private final String label;
    private final Element a;
    private final Element b;
    private final Element y;

    ConvType(final String label, final Element a, final Element b, final Element y) {
        this.label = label;
        this.a = a;
        this.b = b;
        this.y = y;
    }

    public static ConvType of(final String label) {
        for (final ConvType type : values()) {
            if (type.label.equals(label)) {
                return type;
            }
        }
        throw new IllegalArgumentException("type: got " + label + ", allowed: " + labels());
    }

    private static List<String> labels() {
        return Arrays.stream(values()).map(ConvType::label).toList();
    }

    @Override
    public String label() {
        return label;
    }

    @Override
    public Element a() {
        return a;
    }

    @Override
    public Element b() {
        return b;
    }

    @Override
    public Element y() {
        return y;
    }

    @Override
    public boolean isPacked() {
        return true;
    }
}
