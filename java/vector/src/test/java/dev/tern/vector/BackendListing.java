package dev.tern.vector;

import dev.tern.Engine;

/** Prints what an engine says of its backends; run in JVMs of other flags. */
final class BackendListing {
    private BackendListing() {}

    public static void main(final String[] arguments) {
        try (Engine engine = Engine.builder().threads(1).build()) {
            engine.backends()
                    .forEach((name, availability) ->
                            System.out.println(name + " " + availability.available() + " " + availability.detail()));
        }
    }
}
