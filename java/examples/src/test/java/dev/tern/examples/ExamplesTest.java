package dev.tern.examples;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ExamplesTest {
    @Test
    void shouldLinkTheKernelsAlone() {
        final double error = LinkingExample.run();
        assertTrue(error > 0 && error < 0.02, "error " + error);
    }
}
