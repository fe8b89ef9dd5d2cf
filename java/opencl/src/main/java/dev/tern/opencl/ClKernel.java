package dev.tern.opencl;

import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_kernel;

/**
 * A kernel and its arguments, given in order: {@code kernel.start().buffer(x).integer(3).launch(8, 1)}. Used under the
 * context's monitor only, since arguments belong to the kernel object. Allocates nothing.
 */
final class ClKernel {
    private final ClContext context;
    private final String name;
    private final String launching;
    private final cl_kernel kernel;
    private final int groupEdge;
    private final int[] integer = new int[1];
    private final long[] index = new long[1];
    private final float[] real = new float[1];
    private final Pointer integerPointer = Pointer.to(integer);
    private final Pointer indexPointer = Pointer.to(index);
    private final Pointer realPointer = Pointer.to(real);
    private final long[] items = new long[2];
    private final long[] group = new long[2];
    private int next;

    ClKernel(final ClContext context, final String name, final cl_kernel kernel, final int groupEdge) {
        this.context = context;
        this.name = name;
        launching = "clEnqueueNDRangeKernel of " + name;
        this.kernel = kernel;
        this.groupEdge = groupEdge;
    }

    ClKernel start() {
        context.requireOpen();
        next = 0;
        return this;
    }

    ClKernel buffer(final ClBuffer buffer) {
        return set(Sizeof.cl_mem, buffer.pointer());
    }

    ClKernel integer(final int value) {
        integer[0] = value;
        return set(Integer.BYTES, integerPointer);
    }

    ClKernel index(final long value) {
        index[0] = value;
        return set(Long.BYTES, indexPointer);
    }

    ClKernel real(final float value) {
        real[0] = value;
        return set(Float.BYTES, realPointer);
    }

    /** Enqueues at least so many work-items, in whole work-groups; the kernels leave those beyond idle. */
    void launch(final long columns, final long rows) {
        if (columns == 0 || rows == 0) {
            return;
        }
        group[0] = groupEdge;
        group[1] = groupEdge;
        items[0] = Math.ceilDiv(columns, groupEdge) * groupEdge;
        items[1] = Math.ceilDiv(rows, groupEdge) * groupEdge;
        OpenClException.check(
                CL.clEnqueueNDRangeKernel(context.queue(), kernel, 2, null, items, group, 0, null, null), launching);
    }

    void release() {
        CL.clReleaseKernel(kernel);
    }

    private ClKernel set(final long bytes, final Pointer value) {
        final int status = CL.clSetKernelArg(kernel, next, bytes, value);
        if (status != CL.CL_SUCCESS) {
            OpenClException.check(status, "clSetKernelArg " + next + " of " + name);
        }
        next++;
        return this;
    }
}
