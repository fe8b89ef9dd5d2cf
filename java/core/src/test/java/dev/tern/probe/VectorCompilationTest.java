package dev.tern.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class VectorCompilationTest {
    private static final Map<String, String> SERVER_JVM =
            Map.of("UseCompiler", "true", "UseFMA", "true", "MaxVectorSize", "64", "TieredCompilation", "true");

    @Test
    void shouldMissNothingInAServerJvm() {
        assertTrue(VectorCompilation.missing(options("TieredStopAtLevel", "4")).isEmpty());
    }

    @Test
    void shouldMissC2WhereCompilationStopsBelowIt() {
        final var missing =
                VectorCompilation.missing(options("TieredStopAtLevel", "3")).orElseThrow();
        assertEquals("compilation stops at level 3", missing.reason());
    }

    @Test
    void shouldMissFusedMultiplyAdd() {
        final var missing =
                VectorCompilation.missing(options("UseFMA", "false")).orElseThrow();
        assertEquals("remove -XX:-UseFMA", missing.remedy());
    }

    private static VmOptions options(final String name, final String value) {
        return asked -> Optional.ofNullable(asked.equals(name) ? value : SERVER_JVM.get(asked));
    }
}
