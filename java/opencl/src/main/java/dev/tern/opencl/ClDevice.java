package dev.tern.opencl;

import dev.tern.Device;
import org.jocl.cl_device_id;
import org.jocl.cl_platform_id;

/**
 * A device as its driver describes it.
 *
 * @param version the OpenCL that it implements, such as {@code OpenCL 1.2}
 * @param vectorWidth lanes of its native f32 vectors
 * @param dotProduct whether it multiplies packed bytes: {@code cl_khr_integer_dot_product}
 * @param maxAllocation largest buffer, in bytes
 * @param computeUnits cores of a CPU, multiprocessors of a GPU
 * @param megahertz highest clock
 */
record ClDevice(
        Device device,
        cl_platform_id platform,
        cl_device_id id,
        String version,
        int vectorWidth,
        boolean dotProduct,
        long maxAllocation,
        int computeUnits,
        int megahertz) {
    boolean isTooOld() {
        return version.startsWith("OpenCL 1.0") || version.startsWith("OpenCL 1.1");
    }

    String buildOptions(final Tile chosen) {
        return "-cl-std=CL" + (dotProduct ? "3.0 " : "1.2 ") + chosen.buildOptions();
    }

    /** The register tile that suits the device; a binary was built with the kernels' own defaults. */
    Tile tile() {
        if (ClBinary.configured().isPresent()) {
            return Tile.DEFAULT;
        }
        final String forced = System.getProperty(Tile.PROPERTY);
        if (forced != null) {
            return Tile.parse(forced);
        }
        return device.kind() == Device.Kind.GPU ? Tile.gpu(dotProduct) : Tile.cpu(vectorWidth, dotProduct);
    }
}
