package dev.tern.opencl;

import static org.jocl.CL.CL_DEVICE_AVAILABLE;
import static org.jocl.CL.CL_DEVICE_EXTENSIONS;
import static org.jocl.CL.CL_DEVICE_MAX_CLOCK_FREQUENCY;
import static org.jocl.CL.CL_DEVICE_MAX_COMPUTE_UNITS;
import static org.jocl.CL.CL_DEVICE_MAX_MEM_ALLOC_SIZE;
import static org.jocl.CL.CL_DEVICE_NAME;
import static org.jocl.CL.CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT;
import static org.jocl.CL.CL_DEVICE_TYPE;
import static org.jocl.CL.CL_DEVICE_TYPE_ACCELERATOR;
import static org.jocl.CL.CL_DEVICE_TYPE_ALL;
import static org.jocl.CL.CL_DEVICE_TYPE_CPU;
import static org.jocl.CL.CL_DEVICE_TYPE_GPU;
import static org.jocl.CL.CL_DEVICE_VERSION;
import static org.jocl.CL.CL_PLATFORM_VERSION;

import dev.tern.Device;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jocl.CL;
import org.jocl.cl_device_id;
import org.jocl.cl_platform_id;

/** Asks every driver for its devices. */
final class ClDiscovery {
    private static final String DOT_PRODUCT = "cl_khr_integer_dot_product";
    private static final int PLATFORM_NOT_FOUND = -1001; // cl_khr_icd: the loader knows of no driver

    private ClDiscovery() {}

    static List<ClDevice> find() {
        final List<ClDevice> found = new ArrayList<>();
        final Map<Device.Kind, Integer> counts = new EnumMap<>(Device.Kind.class);
        for (final cl_platform_id platform : platforms()) {
            for (final cl_device_id id : devices(platform)) {
                kind(id).filter(kind -> ClInfo.integer(id, CL_DEVICE_AVAILABLE) != 0)
                        .ifPresent(kind ->
                                found.add(describe(platform, id, kind, counts.merge(kind, 1, Integer::sum) - 1)));
            }
        }
        return List.copyOf(found);
    }

    private static cl_platform_id[] platforms() {
        final int[] count = new int[1];
        final int status = CL.clGetPlatformIDs(0, null, count);
        if (status == PLATFORM_NOT_FOUND || count[0] == 0) {
            return new cl_platform_id[0];
        }
        OpenClException.check(status, "clGetPlatformIDs");
        final cl_platform_id[] platforms = new cl_platform_id[count[0]];
        OpenClException.check(CL.clGetPlatformIDs(count[0], platforms, null), "clGetPlatformIDs");
        return platforms;
    }

    /** None where the driver finds no hardware, which it reports as an error. */
    private static cl_device_id[] devices(final cl_platform_id platform) {
        final int[] count = new int[1];
        final int status = CL.clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 0, null, count);
        if (status == CL.CL_DEVICE_NOT_FOUND || count[0] == 0) {
            return new cl_device_id[0];
        }
        OpenClException.check(status, "clGetDeviceIDs");
        final cl_device_id[] ids = new cl_device_id[count[0]];
        OpenClException.check(CL.clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, count[0], ids, null), "clGetDeviceIDs");
        return ids;
    }

    private static Optional<Device.Kind> kind(final cl_device_id id) {
        final long type = ClInfo.integer(id, CL_DEVICE_TYPE);
        if ((type & CL_DEVICE_TYPE_GPU) != 0) {
            return Optional.of(Device.Kind.GPU);
        }
        if ((type & CL_DEVICE_TYPE_ACCELERATOR) != 0) {
            return Optional.of(Device.Kind.FPGA);
        }
        return (type & CL_DEVICE_TYPE_CPU) != 0 ? Optional.of(Device.Kind.CPU) : Optional.empty();
    }

    private static ClDevice describe(
            final cl_platform_id platform, final cl_device_id id, final Device.Kind kind, final int index) {
        final String name = "opencl:" + kind.name().toLowerCase(Locale.ROOT) + ":" + index;
        final String driver =
                ClInfo.text(platform, CL_PLATFORM_VERSION).split(" {2}")[0]; // PoCL adds its build options
        final String description = ClInfo.text(id, CL_DEVICE_NAME) + ", " + driver;
        return new ClDevice(
                new Device(name, description, kind),
                platform,
                id,
                ClInfo.text(id, CL_DEVICE_VERSION),
                (int) ClInfo.integer(id, CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT),
                ClInfo.text(id, CL_DEVICE_EXTENSIONS).contains(DOT_PRODUCT),
                ClInfo.integer(id, CL_DEVICE_MAX_MEM_ALLOC_SIZE),
                (int) ClInfo.integer(id, CL_DEVICE_MAX_COMPUTE_UNITS),
                (int) ClInfo.integer(id, CL_DEVICE_MAX_CLOCK_FREQUENCY));
    }
}
