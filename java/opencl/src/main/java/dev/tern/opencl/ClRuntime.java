package dev.tern.opencl;

import dev.tern.Availability;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The OpenCL of this process: its devices, looked for once, when first asked for. Names no class of JOCL, whose jar may
 * be missing.
 */
final class ClRuntime {
    private static final ClRuntime INSTANCE = new ClRuntime();

    private List<ClDevice> devices;
    private Availability availability;

    private ClRuntime() {}

    static ClRuntime instance() {
        return INSTANCE;
    }

    /** Before the devices were asked for, whether a driver is installed; then, what it offers. */
    synchronized Availability probe() {
        if (availability == null) {
            availability = IcdLoader.ofThisSystem().probe();
        }
        return availability;
    }

    /** Starts the drivers when first called. */
    synchronized List<ClDevice> devices() {
        if (devices == null) {
            devices = probe().available() ? discover() : List.of();
        }
        return devices;
    }

    private List<ClDevice> discover() {
        try {
            final List<ClDevice> found = ClDiscovery.find();
            availability = found.isEmpty()
                    ? Availability.no("the OpenCL drivers offer no device: install pocl-opencl-icd, or the GPU maker's")
                    : Availability.yes(found.stream()
                            .map(d -> d.device().name() + " " + d.device().description())
                            .collect(Collectors.joining("; ")));
            return found;
        } catch (final NoClassDefFoundError e) {
            availability = Availability.no("JOCL is not on the class path; add org.jocl:jocl (" + e + ")");
        } catch (final LinkageError e) {
            availability = Availability.no("JOCL cannot load its native library, which it extracts to java.io.tmpdir: "
                    + Optional.ofNullable(e.getCause()).orElse(e));
        } catch (final RuntimeException e) {
            availability = Availability.no("the OpenCL loader failed: " + e.getMessage());
        }
        return List.of();
    }
}
