package dev.tern.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.model.BufferPlan.Interval;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class BufferPlanTest {
    @Property(tries = 300, seed = "1")
    void shouldNeverShareABufferAmongLivingValues(
            @ForAll @IntRange(min = 1, max = 40) final int count, @ForAll final long seed) {
        final SplittableRandom random = new SplittableRandom(seed);
        final List<Interval> values = new ArrayList<>();
        for (int born = 0; born < count; born++) {
            values.add(new Interval(born, born + random.nextInt(6), random.nextInt(1, 1000)));
        }
        final BufferPlan plan = new BufferPlan(values);
        long most = 0;
        for (int i = 0; i < count; i++) {
            assertTrue(plan.bytes(plan.buffer(i)) >= values.get(i).bytes());
            for (int j = 0; j < i; j++) {
                final boolean alive = values.get(j).dies() >= values.get(i).born();
                assertFalse(alive && plan.buffer(i) == plan.buffer(j), "values " + j + " and " + i);
            }
            final int now = i;
            most = Math.max(
                    most,
                    values.stream()
                            .filter(v -> v.born() <= now && v.dies() >= now)
                            .count());
        }
        assertEquals(most, plan.count(), "as many buffers as values live at once");
    }

    @Test
    void shouldTakeTheBufferThatHasToGrowLeast() {
        final BufferPlan plan = new BufferPlan(List.of(
                new Interval(0, 1, 100), new Interval(1, 2, 10), new Interval(3, 4, 90), new Interval(4, 5, 12)));
        assertEquals(plan.buffer(0), plan.buffer(2));
        assertEquals(plan.buffer(1), plan.buffer(3));
        assertEquals(100, plan.bytes(plan.buffer(0)));
        assertEquals(12, plan.bytes(plan.buffer(1)));
    }
}
