package dev.tern.distributed;

/** The ranks of a job cannot work together, or do so no longer. */
public final class CommunicatorException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public CommunicatorException(final String message) {
        super(message);
    }

    public CommunicatorException(final String message, final Throwable cause) {
        super(message, cause);
    }
}
