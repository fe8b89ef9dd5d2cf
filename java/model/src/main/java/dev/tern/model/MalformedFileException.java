package dev.tern.model;

import java.io.IOException;
import java.io.Serial;

/** A file whose content breaks its format: says which file, at which byte, and what is wrong there. */
public final class MalformedFileException extends IOException {
    @Serial
    private static final long serialVersionUID = 1;

    private final String file;
    private final long offset;

    /** {@code offset} counts bytes of the decompressed content. */
    public MalformedFileException(final String file, final long offset, final String problem) {
        super("%s: at byte %d: %s".formatted(file, offset, problem));
        this.file = file;
        this.offset = offset;
    }

    public String file() {
        return file;
    }

    public long offset() {
        return offset;
    }
}
