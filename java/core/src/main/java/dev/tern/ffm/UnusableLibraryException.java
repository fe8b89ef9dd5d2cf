package dev.tern.ffm;

/** Why a file does not become this JVM's libtern; the message is shown to users. */
final class UnusableLibraryException extends Exception {
    private static final long serialVersionUID = 1L;

    UnusableLibraryException(final String reason) {
        super(reason);
    }
}
