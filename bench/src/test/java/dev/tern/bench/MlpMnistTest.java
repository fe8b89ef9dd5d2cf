package dev.tern.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tern.cli.DemoReport;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MlpMnistTest {
    @Test
    void shouldMeetAGoalThatIsJustReached() {
        assertEquals(List.of(true, true, true), met(0.98, 0.1, 2.5));
    }

    @Test
    void shouldMeetNoGoalThatIsJustMissed() {
        assertEquals(List.of(false, false, false), met(0.9799, 0.11, 2.49));
    }

    @Test
    void shouldMeetNoGoalByANumberThatIsNone() {
        assertEquals(List.of(false, false, false), met(Double.NaN, Double.NaN, Double.NaN));
    }

    @Test
    void shouldCallAnUnknownNameBadUsage() {
        final int status = ReproduceCommand.commandLine()
                .setErr(new PrintWriter(new StringWriter()))
                .execute("no-such-figure");
        assertEquals(2, status);
    }

    /** Another backend is more accurate, which must not count. */
    private static List<Boolean> met(final double accuracy, final double lost, final double gain) {
        final List<DemoReport.Variant> variants = List.of(
                new DemoReport.Variant("f32", "cpu:reference", 1, accuracy, Map.of()),
                new DemoReport.Variant("f32", "cpu:native", 1, 0.99, Map.of()),
                new DemoReport.Variant("int8", "cpu:native", 1, 0.5, Map.of()));
        final DemoReport.Saving saving = new DemoReport.Saving(4, lost, Map.of("256", gain), 2, 2);
        return MlpMnist.figures(new DemoReport(null, null, "mlp", variants, List.of(), saving)).stream()
                .map(Figure::met)
                .toList();
    }
}
