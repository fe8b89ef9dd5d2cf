package dev.tern;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** Instruction sets that kernels are written for; each family is a ladder, in this order. */
public enum Isa {
    SCALAR(Family.ANY),
    AVX2(Family.X86),
    AVX512(Family.X86),
    AVX512VNNI(Family.X86),
    AVX512BF16(Family.X86),
    AVX512VPOPCNTDQ(Family.X86),
    AVX512VBMI(Family.X86),
    AMXINT8(Family.X86),
    NEON(Family.ARM),
    DOTPROD(Family.ARM),
    I8MM(Family.ARM);

    private enum Family {
        ANY,
        X86,
        ARM
    }

    private final Family family;

    Isa(final Family family) {
        this.family = family;
    }

    /** True where a clamp to this instruction set admits kernels for {@code other}. */
    public boolean admits(final Isa other) {
        return other == SCALAR || other.family == family && other.ordinal() <= ordinal();
    }

    /** The word for it in names, options and reports. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The instruction set of a {@link #word()}. */
    public static Isa of(final String word) {
        for (final Isa isa : values()) {
            if (isa.word().equals(word)) {
                return isa;
            }
        }
        final String known = Arrays.stream(values()).map(Isa::word).collect(Collectors.joining(" "));
        throw Require.refuse("isa", word, known);
    }
}
