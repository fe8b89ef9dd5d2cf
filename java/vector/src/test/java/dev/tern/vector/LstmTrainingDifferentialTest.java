package dev.tern.vector;

import dev.tern.DataType;
import dev.tern.Engine;
import dev.tern.testing.LstmCases;
import dev.tern.testing.LstmTrainingDifferential;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** Both passes of training at this process's width against the reference. The build runs it at each width. */
@EnabledIf("dev.tern.vector.HardwareWidth#isThere")
class LstmTrainingDifferentialTest {
    @Test
    void shouldAgreeWithTheReference() {
        try (Engine alone = Engine.builder().device("cpu:vector").threads(1).build();
                Engine together =
                        Engine.builder().device("cpu:vector").threads(3).build();
                LstmTrainingDifferential differential = new LstmTrainingDifferential(alone, together)) {
            LstmCases.of(DataType.F32).forEach(differential::checkForward);
            LstmCases.of(DataType.F32).forEach(differential::checkBackward);
        }
    }

    @Test
    void shouldNotDependOnThreads() {
        try (Engine alone = Engine.builder().device("cpu:vector").threads(1).build();
                Engine two = Engine.builder().device("cpu:vector").threads(2).build();
                Engine three = Engine.builder().device("cpu:vector").threads(3).build()) {
            LstmTrainingDifferential.requireEqual(List.of(alone, two, three));
        }
    }
}
