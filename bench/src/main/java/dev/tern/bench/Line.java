package dev.tern.bench;

/** Takes a worker's commands and brings its answers. */
interface Line {

    /** The worker could not do what it was told; its words. */
    final class Refusal extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Refusal(final String message) {
            super(message);
        }
    }

    /** Returns the answer, or throws the {@link Refusal}. */
    String ask(String command);
}
