package dev.tern.cli;

import dev.tern.model.Graph;
import dev.tern.model.ModelFile;
import dev.tern.model.Models;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A model as named on the command line: by its name, or by a file. */
final class ModelArgument {
    private ModelArgument() {}

    static Graph load(final String nameOrFile) throws IOException {
        if (Models.names().contains(nameOrFile)) {
            return Models.byName(nameOrFile);
        }
        final Path file = Path.of(nameOrFile);
        if (!Files.isRegularFile(file)) {
            throw new IllegalArgumentException(
                    "model: got " + nameOrFile + ", allowed: a file, or one of " + Models.names());
        }
        return ModelFile.read(file);
    }
}
