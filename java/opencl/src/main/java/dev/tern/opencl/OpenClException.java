package dev.tern.opencl;

import static org.jocl.CL.CL_SUCCESS;
import static org.jocl.CL.stringFor_errorCode;

/** An OpenCL call that failed. */
public final class OpenClException extends RuntimeException {
    private static final long serialVersionUID = 1;

    OpenClException(final String message) {
        super(message);
    }

    /** Throws unless {@code status} is a success. */
    static void check(final int status, final String call) {
        if (status != CL_SUCCESS) {
            throw new OpenClException(call + ": " + stringFor_errorCode(status));
        }
    }
}
