package dev.tern.opencl;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.cl_device_id;
import org.jocl.cl_platform_id;
import org.jocl.cl_program;

/** Reads what {@code clGet…Info} knows. */
final class ClInfo {
    private ClInfo() {}

    /** A call of {@code clGet…Info} with its first two arguments given. */
    private interface Query {
        int get(long bytes, Pointer value, long[] bytesNeeded);
    }

    static String text(final cl_platform_id platform, final int parameter) {
        return text((bytes, value, needed) -> CL.clGetPlatformInfo(platform, parameter, bytes, value, needed));
    }

    static String text(final cl_device_id device, final int parameter) {
        return text((bytes, value, needed) -> CL.clGetDeviceInfo(device, parameter, bytes, value, needed));
    }

    static String buildLog(final cl_program program, final cl_device_id device) {
        return text((bytes, value, needed) ->
                CL.clGetProgramBuildInfo(program, device, CL.CL_PROGRAM_BUILD_LOG, bytes, value, needed));
    }

    /** A number of 1, 4 or 8 bytes. */
    static long integer(final cl_device_id device, final int parameter) {
        final byte[] value =
                bytes((size, pointer, needed) -> CL.clGetDeviceInfo(device, parameter, size, pointer, needed));
        return ByteBuffer.allocate(Long.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(0, value)
                .getLong(0);
    }

    private static String text(final Query query) {
        return new String(bytes(query), StandardCharsets.UTF_8)
                .replace("\0", "")
                .strip();
    }

    private static byte[] bytes(final Query query) {
        final long[] size = new long[1];
        OpenClException.check(query.get(0, null, size), "clGetInfo");
        final byte[] value = new byte[Math.toIntExact(size[0])];
        if (value.length == 0) {
            return value;
        }
        OpenClException.check(query.get(value.length, Pointer.to(value), null), "clGetInfo");
        return value;
    }
}
