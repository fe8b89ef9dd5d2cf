package dev.tern.probe;

import dev.tern.machine.SystemFiles;
import dev.tern.probe.ProbeReport.Library;
import dev.tern.probe.ProbeReport.Missing;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Where the dynamic loader would find a library. Looked up, not opened: opening a driver can take a second, or crash.
 */
final class LibraryPath {
    private static final List<String> STANDARD = List.of(
            "/lib",
            "/usr/lib",
            "/lib64",
            "/usr/lib64",
            "/usr/local/lib",
            "/lib/x86_64-linux-gnu",
            "/usr/lib/x86_64-linux-gnu",
            "/lib/aarch64-linux-gnu",
            "/usr/lib/aarch64-linux-gnu");

    private final SystemFiles files;
    private final Set<String> directories = new LinkedHashSet<>();

    /** @param searchPath the value of {@code LD_LIBRARY_PATH}, may be null */
    LibraryPath(final SystemFiles files, final String searchPath) {
        this.files = files;
        Stream.of(searchPath == null ? "" : searchPath)
                .flatMap(path -> Stream.of(path.split(":")))
                .filter(directory -> directory.startsWith("/"))
                .forEach(directories::add);
        configured("/etc/ld.so.conf").forEach(directories::add);
        files.list("/etc/ld.so.conf.d", "*.conf").stream()
                .flatMap(name -> configured("/etc/ld.so.conf.d/" + name))
                .forEach(directories::add);
        directories.addAll(STANDARD);
    }

    /** @param extra directories that the library's installer uses without telling the loader */
    Optional<String> find(final String name, final String... extra) {
        if (name.startsWith("/")) {
            return files.exists(name) ? Optional.of(name) : Optional.empty();
        }
        return Stream.concat(directories.stream(), Stream.of(extra))
                .map(directory -> directory + "/" + name)
                .filter(files::exists)
                .findFirst();
    }

    /** @param remedy what brings the library where it is not found */
    Library library(final String name, final String remedy, final String... extra) {
        final String path = find(name, extra).orElse(null);
        return new Library(name, path, path != null ? null : new Missing(name + " is not on the library path", remedy));
    }

    private Stream<String> configured(final String file) {
        return files.lines(file).stream().map(String::strip).filter(line -> line.startsWith("/"));
    }
}
