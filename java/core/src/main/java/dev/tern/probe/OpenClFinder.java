package dev.tern.probe;

import dev.tern.probe.ProbeReport.Accelerator;
import dev.tern.probe.ProbeReport.Library;
import dev.tern.probe.ProbeReport.Missing;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The OpenCL loader and the drivers that it would load; their devices are told by the opencl backend. */
final class OpenClFinder {
    private static final String VENDORS = "/etc/OpenCL/vendors";

    private OpenClFinder() {}

    static Accelerator find(final Host host) {
        final Library loader = host.libraries().library("libOpenCL.so.1", "install the package ocl-icd-libopencl1");
        final List<Library> drivers = drivers(host);
        final List<Library> all = new ArrayList<>(List.of(loader));
        all.addAll(drivers);
        return new Accelerator("opencl", "opencl", List.of(), all, missing(host, loader, drivers));
    }

    /** Each installable client driver registers itself by a file that names its library. */
    private static List<Library> drivers(final Host host) {
        return host.files().list(VENDORS, "*.icd").stream()
                .flatMap(icd -> library(host, VENDORS + "/" + icd))
                .toList();
    }

    private static Stream<Library> library(final Host host, final String icd) {
        final Optional<String> name = host.files().lines(icd).stream().findFirst();
        return name
                .map(library -> host.libraries().library(library, "reinstall the package that owns " + icd))
                .stream();
    }

    private static Missing missing(final Host host, final Library loader, final List<Library> drivers) {
        if (loader.missing() != null) {
            return loader.missing();
        }
        if (drivers.isEmpty()) {
            return new Missing(
                    "no driver is registered in " + VENDORS,
                    "install one, such as the package pocl-opencl-icd for CPUs, or the GPU vendor's");
        }
        if (drivers.stream().allMatch(driver -> driver.missing() != null)) {
            return drivers.getFirst().missing();
        }
        return host.missingBackend("opencl");
    }
}
