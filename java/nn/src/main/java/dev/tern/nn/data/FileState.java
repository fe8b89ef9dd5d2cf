package dev.tern.nn.data;

import java.nio.file.Path;

/** What stands on disk for one file of a data set; {@code path} is where it is, or where it would be put. */
public record FileState(String name, Path path, Kind kind, String detail) {
    public enum Kind {
        VERIFIED,
        MISSING,
        /** Present, but broken or with another checksum. */
        WRONG
    }

    public boolean verified() {
        return kind == Kind.VERIFIED;
    }
}
