package dev.tern.vector;

import dev.tern.DataType;
import dev.tern.Engine;
import dev.tern.Pool2d;
import dev.tern.testing.PoolCases;
import dev.tern.testing.PoolDifferential;
import java.util.stream.Stream;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The poolings at this process's width against the reference. The build runs it at each width. */
@EnabledIf("dev.tern.vector.HardwareWidth#isThere")
class PoolDifferentialTest {
    static Stream<Pool2d> kinds() {
        return Stream.of(DataType.F32, DataType.U8, DataType.S8).flatMap(PoolCases::kinds);
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldAgreeWithTheReference(final Pool2d kind) {
        try (Engine alone = Engine.builder().device("cpu:vector").threads(1).build();
                Engine together =
                        Engine.builder().device("cpu:vector").threads(3).build();
                PoolDifferential differential = new PoolDifferential(alone, together)) {
            PoolCases.of(kind).forEach(differential::checkUnpacked);
        }
    }
}
