package dev.tern.machine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Instruction sets as Linux lists them, in Tern's words. */
final class OsIsa {
    /** Each word stands for everything that its kernels use. */
    private enum Word {
        AVX2("avx2 fma f16c"),
        AVX512(AVX2, "avx512f avx512bw avx512dq avx512vl"),
        AVX512VNNI(AVX512, "avx512_vnni"),
        AVX512BF16(AVX512, "avx512_bf16"),
        AVX512VPOPCNTDQ(AVX512, "avx512_vpopcntdq"),
        AVX512VBMI(AVX512, "avx512vbmi"),
        AMXINT8(AVX2, "amx_tile amx_int8"),
        NEON("asimd"),
        DOTPROD(NEON, "asimddp"),
        I8MM(NEON, "i8mm");

        private final List<String> flags = new ArrayList<>();

        Word(final String flags) {
            this.flags.addAll(Arrays.asList(flags.split(" ")));
        }

        Word(final Word base, final String flags) {
            this(flags);
            this.flags.addAll(base.flags);
        }
    }

    private OsIsa() {}

    /** @param flags the {@code flags} of x86 or the {@code Features} of arm64 in {@code /proc/cpuinfo} */
    static List<String> words(final String flags) {
        final Set<String> present = new HashSet<>(Arrays.asList(flags.strip().split("\\s+")));
        final List<String> words = new ArrayList<>(List.of("scalar"));
        for (final Word word : Word.values()) {
            if (present.containsAll(word.flags)) {
                words.add(word.name().toLowerCase(Locale.ROOT));
            }
        }
        return words;
    }
}
