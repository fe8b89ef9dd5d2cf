package dev.tern.vector;

import dev.tern.Engine;
import dev.tern.Reorder;
import dev.tern.testing.ReorderCases;
import dev.tern.testing.ReorderDifferential;
import java.util.stream.Stream;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The reorderings at this process's width against the reference. The build runs it at each width. */
@EnabledIf("dev.tern.vector.HardwareWidth#isThere")
class ReorderDifferentialTest {
    static Stream<Reorder> kinds() {
        return ReorderCases.kinds();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldAgreeWithTheReference(final Reorder kind) {
        try (Engine alone = Engine.builder().device("cpu:vector").threads(1).build();
                Engine together =
                        Engine.builder().device("cpu:vector").threads(3).build();
                ReorderDifferential differential = new ReorderDifferential(alone, together)) {
            ReorderCases.of(kind).forEach(differential::checkUnpacked);
        }
    }
}
