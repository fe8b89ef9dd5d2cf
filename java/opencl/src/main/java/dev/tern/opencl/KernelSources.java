package dev.tern.opencl;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;

/** The files of {@code kernels/opencl}, as one program. */
final class KernelSources {
    private static final List<String> FILES = List.of("tile", "pack", "gemm_f32", "gemm_s8");
    private static final int HASH_BYTES = 6;

    private KernelSources() {}

    static String text() {
        return FILES.stream().map(KernelSources::read).collect(Collectors.joining());
    }

    /** The beginning of the text's SHA-256. */
    static String hash() {
        try {
            final byte[] digest = MessageDigest.getInstance("SHA-256").digest(text().getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, HASH_BYTES);
        } catch (final NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String read(final String name) {
        final String resource = "kernels/" + name + ".cl";
        try (InputStream in = KernelSources.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException("missing resource " + resource);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
