package dev.tern.bench;

import dev.tern.Sparsity;
import dev.tern.bench.GemmType.Element;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a product with pruned weights multiplies: f32 throughout, or the u8 of a quantized network with s8 weights,
 * requantized to u8.
 *
 * @param percent zeros among the weights; of an N:M structure as many as it leaves
 */
public record SparseType(boolean floats, Sparsity sparsity, int percent) implements BenchType {
    private static final Pattern LABEL = Pattern.compile("(f32|u8s8u8)-(csr|1x4|2:4|1:4)-(\\d{1,3})%");

    public static SparseType of(final String label) {
        final Matcher parts = LABEL.matcher(label);
        if (!parts.matches() || Integer.parseInt(parts.group(3)) > 100) {
            throw new IllegalArgumentException("type: got " + label + ", allowed: u8s8u8-1x4-90%, f32-csr-90% …");
        }
        return new SparseType(
                parts.group(1).equals("f32"), Sparsity.of(parts.group(2)), Integer.parseInt(parts.group(3)));
    }

    @Override
    public String label() {
        return (floats ? "f32-" : "u8s8u8-") + sparsity.word() + "-" + percent + "%";
    }

    @Override
    public Element a() {
        return floats ? Element.F32 : Element.U8;
    }

    @Override
    public Element b() {
        return floats ? Element.F32 : Element.S8;
    }

    @Override
    public Element y() {
        return floats ? Element.F32 : Element.U8;
    }

    @Override
    public boolean isPacked() {
        return true;
    }
}
