package dev.tern.opencl;

import dev.tern.Availability;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Whether OpenCL's loader and some driver are installed, found in a millisecond. Starting a driver takes up to hundreds
 * of them, so that is left until somebody asks for devices.
 */
final class IcdLoader {
    private static final String REMEDY = "install ocl-icd-libopencl1 and a driver: pocl-opencl-icd, or the GPU maker's";
    private static final Path VENDORS = Path.of("/etc/OpenCL/vendors");
    private static final List<String> OTHER_DRIVERS = List.of("OCL_ICD_FILENAMES", "OPENCL_VENDOR_PATH");

    private final String library;
    private final Map<String, String> environment;

    IcdLoader(final String library, final Map<String, String> environment) {
        this.library = library;
        this.environment = environment;
    }

    static IcdLoader ofThisSystem() {
        final String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        final String library = os.startsWith("windows")
                ? "OpenCL.dll"
                : os.startsWith("mac")
                        ? "/System/Library/Frameworks/OpenCL.framework/Versions/Current/OpenCL"
                        : "libOpenCL.so.1";
        return new IcdLoader(library, System.getenv());
    }

    Availability probe() {
        try (Arena arena = Arena.ofConfined()) {
            SymbolLookup.libraryLookup(library, arena);
        } catch (final IllegalArgumentException e) {
            return Availability.no("no OpenCL loader (" + library + "): " + REMEDY);
        }
        return library.endsWith(".so.1") ? probeDrivers() : Availability.yes(library);
    }

    /** Drivers register themselves by files, unless the environment names them. */
    private Availability probeDrivers() {
        if (OTHER_DRIVERS.stream().anyMatch(environment::containsKey)) {
            return Availability.yes(library);
        }
        final String named = environment.get("OCL_ICD_VENDORS");
        final Path vendors = named == null ? VENDORS : Path.of(named);
        if (named != null && !Files.isDirectory(vendors)) {
            return Availability.yes(library + ", driver " + vendors);
        }
        try (var files = Files.list(vendors)) {
            final String drivers = files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".icd"))
                    .sorted()
                    .collect(Collectors.joining(", "));
            return drivers.isEmpty() ? noDriver(vendors) : Availability.yes(library + ", drivers " + drivers);
        } catch (final IOException e) {
            return noDriver(vendors);
        }
    }

    private static Availability noDriver(final Path vendors) {
        return Availability.no("no OpenCL driver in " + vendors + ": " + REMEDY);
    }
}
