package dev.tern;

/**
 * Whether a backend can be used in this process.
 *
 * @param detail what was found, or why it cannot be used and what would help
 */
public record Availability(boolean available, String detail) {
    public static Availability yes(final String detail) {
        return new Availability(true, detail);
    }

    public static Availability no(final String reason) {
        return new Availability(false, reason);
    }
}
