package dev.tern.probe;

import dev.tern.machine.SystemFiles;
import dev.tern.probe.ProbeReport.Missing;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What the finders of accelerators look at.
 *
 * @param backends names of those that are loaded
 */
record Host(SystemFiles files, List<PciDevice> pci, LibraryPath libraries, Set<String> backends) {
    static Host of(final SystemFiles files, final String librarySearchPath, final Set<String> backends) {
        return new Host(files, PciDevice.all(files), new LibraryPath(files, librarySearchPath), backends);
    }

    /** The device files below {@code /dev} that match, with their full paths. */
    List<String> deviceFiles(final String... globs) {
        return List.of(globs).stream().flatMap(this::deviceFiles).toList();
    }

    private Stream<String> deviceFiles(final String glob) {
        final String directory = "/dev/" + glob.substring(0, glob.lastIndexOf('/') + 1);
        return files.list(directory, glob.substring(glob.lastIndexOf('/') + 1)).stream()
                .map(directory::concat);
    }

    /** Null where the backend is there. */
    Missing missingBackend(final String name, final String remedy) {
        return backends.contains(name) ? null : new Missing("the " + name + " backend is not loaded", remedy);
    }
}
