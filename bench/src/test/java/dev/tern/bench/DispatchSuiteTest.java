package dev.tern.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.Engine;
import dev.tern.ffm.NativeLibrary;
import java.util.List;
import org.junit.jupiter.api.Test;

class DispatchSuiteTest {

    @Test
    void shouldTimeEveryPartOfACall() {
        final List<Row> rows = DispatchSuite.measure(2, Suite.SMOKE_METHOD);
        final List<String> parts = rows.stream().map(Row::op).toList();
        final List<String> ofEngine = List.of("plan", "fork_join", "fork_join_parked");
        assertEquals(
                ofEngine,
                parts.stream().filter(part -> !part.equals("downcall")).toList());
        assertEquals(NativeLibrary.get().isLoaded(), parts.contains("downcall"));
        rows.forEach(row -> assertTrue(row.minNs() > 0 && row.medianNs() >= row.minNs(), row.toString()));
    }

    @Test
    void shouldHideTheEmptyBackendFromOtherEngines() {
        DispatchSuite.measure(1, Suite.SMOKE_METHOD);
        try (Engine engine = Engine.builder().threads(1).build()) {
            assertFalse(engine.backends().containsKey("empty"));
        }
    }
}
