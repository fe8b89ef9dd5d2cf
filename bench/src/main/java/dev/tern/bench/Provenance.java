package dev.tern.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tern.cli.Json;
import dev.tern.probe.Probe;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Where results are from: the machine and the commit. */
final class Provenance {

    private Provenance() {}

    /** The probe's document, in which the user's home and the repository are {@code ~} and a dot. */
    static JsonNode machine() {
        final Path root = root();
        final String document = Json.write(Probe.read());
        final String withoutRoot = root == null ? document : document.replace(root.toString(), ".");
        try {
            return new ObjectMapper().readTree(withoutRoot.replace(System.getProperty("user.home"), "~"));
        } catch (final JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * The commit that this class was built from, marked where the working tree differs; {@code unknown} without git.
     */
    static String commit() {
        final Path root = root();
        if (root == null) {
            return "unknown";
        }
        final String commit = git(root, "rev-parse", "HEAD");
        return git(root, "status", "--porcelain", "--untracked-files=no").isEmpty() ? commit : commit + "-dirty";
    }

    /** The repository above this class's jar or folder; null where there is none. */
    static Path root() {
        try {
            Path folder = Path.of(Provenance.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            while (folder != null && !Files.exists(folder.resolve(".git"))) {
                folder = folder.getParent();
            }
            return folder;
        } catch (final URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String git(final Path root, final String... arguments) {
        final ProcessBuilder builder = new ProcessBuilder("git", "-C", root.toString());
        builder.command().addAll(List.of(arguments));
        try {
            final Process git =
                    builder.redirectError(ProcessBuilder.Redirect.DISCARD).start();
            return new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        } catch (final IOException e) {
            return "unknown";
        }
    }
}
