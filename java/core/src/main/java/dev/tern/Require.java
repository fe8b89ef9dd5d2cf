package dev.tern;

/** Argument checks whose messages name the argument, what came and what is allowed. */
final class Require {
    private Require() {}

    static void that(final boolean holds, final String argument, final Object got, final String allowed) {
        if (!holds) {
            throw refuse(argument, got, allowed);
        }
    }

    static void that(final boolean holds, final String argument, final long got, final String allowed) {
        if (!holds) {
            throw refuse(argument, got, allowed);
        }
    }

    static <T> T notNull(final T value, final String argument) {
        if (value == null) {
            throw new IllegalArgumentException(argument + ": got null, allowed is a value");
        }
        return value;
    }

    static IllegalArgumentException refuse(final String argument, final Object got, final String allowed) {
        return new IllegalArgumentException(argument + ": got " + got + ", allowed: " + allowed);
    }
}
