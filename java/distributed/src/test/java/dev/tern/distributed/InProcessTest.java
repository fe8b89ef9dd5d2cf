package dev.tern.distributed;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.Shape;
import dev.tern.Tensor;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class InProcessTest {
    @ParameterizedTest(name = "{0} ranks")
    @ValueSource(ints = {1, 2, 3, 4})
    void shouldPassTheCases(final int ranks) {
        InProcess.run(ranks, CommunicatorCases::run);
    }

    /** 1e8 - 1e8 + 1 is 1 in the order of ranks, and 0 where the last two are summed first. */
    @Test
    void shouldSumInTheOrderOfRanks() {
        final float[] terms = {1e8f, -1e8f, 1};
        final SplittableRandom random = new SplittableRandom(1);
        for (int run = 0; run < 20; run++) {
            final int late = random.nextInt(terms.length);
            InProcess.run(terms.length, ranks -> {
                if (ranks.rank() == late) {
                    Thread.yield();
                }
                final Tensor sum = Tensor.of(Shape.of(1), terms[ranks.rank()]);
                ranks.allReduce(sum);
                assertArrayEquals(new float[] {1}, sum.toFloats());
            });
        }
    }

    @Test
    void shouldEndTheJobWhereARankThrows() {
        final AssertionError thrown = new AssertionError("planted");
        final CommunicatorException failure = assertThrows(
                CommunicatorException.class,
                () -> InProcess.run(4, ranks -> {
                    if (ranks.rank() == 2) {
                        throw thrown;
                    }
                    ranks.barrier();
                }));
        assertSame(thrown, failure.getCause());
        assertTrue(failure.getMessage().startsWith("rank 2 of 4: "), failure.getMessage());
    }

    @Test
    void shouldEndTheJobWhereARankAborts() {
        final AtomicBoolean survived = new AtomicBoolean();
        final CommunicatorException failure = assertThrows(
                CommunicatorException.class,
                () -> InProcess.run(3, ranks -> {
                    if (ranks.isFirst()) {
                        ranks.abort("no space left");
                    }
                    ranks.receive(Tensor.of(Shape.of(1), 0f), 0);
                    survived.set(true);
                }));
        assertEquals("rank 0 of 3: no space left", failure.getMessage());
        assertTrue(!survived.get());
    }

    @Test
    void shouldRefuseRanksThatDoDifferentThings() {
        final CommunicatorException failure = assertThrows(
                CommunicatorException.class,
                () -> InProcess.run(2, ranks -> {
                    if (ranks.isFirst()) {
                        ranks.barrier();
                    } else {
                        ranks.allReduce(Tensor.of(Shape.of(2), 1f, 2f));
                    }
                }));
        assertTrue(failure.getMessage().contains("ALL_REDUCE of 8 bytes"), failure.getMessage());
    }

    @Test
    void shouldRefuseAMessageThatDoesNotFit() {
        final CommunicatorException failure = assertThrows(
                CommunicatorException.class,
                () -> InProcess.run(2, ranks -> {
                    if (ranks.isFirst()) {
                        ranks.send(Tensor.of(Shape.of(2), 1f, 2f), 1);
                    } else {
                        ranks.receive(Tensor.of(Shape.of(1), 1f), 0);
                    }
                }));
        assertTrue(failure.getMessage().contains("8 bytes meets a tensor of 4 bytes"), failure.getMessage());
    }
}
