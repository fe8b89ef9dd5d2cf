package dev.tern.probe;

import dev.tern.machine.SystemFiles;
import dev.tern.probe.ProbeReport.BackendReport;
import dev.tern.probe.ProbeReport.DeviceReport;
import dev.tern.probe.ProbeReport.Missing;
import java.util.List;
import java.util.stream.Stream;

/**
 * What the finders of accelerators look at.
 *
 * @param backends the reports of all that Tern has
 * @param devices those that the backends offer
 */
record Host(
        SystemFiles files,
        List<PciDevice> pci,
        LibraryPath libraries,
        List<BackendReport> backends,
        List<DeviceReport> devices) {
    static Host of(
            final SystemFiles files,
            final String librarySearchPath,
            final List<BackendReport> backends,
            final List<DeviceReport> devices) {
        return new Host(files, PciDevice.all(files), new LibraryPath(files, librarySearchPath), backends, devices);
    }

    boolean offers(final String deviceKind) {
        return devices.stream().anyMatch(device -> device.kind().equals(deviceKind));
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

    /** Why a backend cannot be used; null where it can. */
    Missing missingBackend(final String name) {
        for (final BackendReport backend : backends) {
            if (backend.name().equals(name)) {
                return backend.missing() == null ? null : becauseOf(backend);
            }
        }
        return new Missing("Tern has no backend " + name, null);
    }

    private static Missing becauseOf(final BackendReport backend) {
        final Missing missing = backend.missing();
        return new Missing("Tern's " + backend.name() + " backend: " + missing.reason(), missing.remedy());
    }
}
