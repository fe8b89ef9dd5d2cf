package dev.tern;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChunkSharesTest {
    private static final int THREADS = 3;

    @Test
    void shouldGiveEachThreadTheSameChunksInEveryJob() {
        final ChunkShares shares = new ChunkShares(THREADS);
        for (int job = 0; job < 3; job++) {
            shares.begin(8);
            final List<Integer> claimed = new ArrayList<>();
            for (int chunk = 0; chunk < 2; chunk++) {
                for (int thread = THREADS - 1; thread >= 0; thread--) {
                    claimed.add(shares.claim(thread));
                }
            }
            assertEquals(List.of(5, 2, 0, 6, 3, 1), claimed, "of 0 and 1, 2 to 4, 5 to 7");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 100})
    void shouldLeaveNothingToOneThreadThatClaimsAll(final int chunks) {
        final ChunkShares shares = new ChunkShares(THREADS);
        for (int thread = 0; thread < THREADS; thread++) {
            shares.begin(chunks);
            final List<Integer> claimed = claimAll(shares, thread);
            assertEquals(
                    IntStream.range(0, chunks).boxed().toList(),
                    claimed.stream().sorted().toList());
            assertEquals(first(chunks, thread), claimed.getFirst());
        }
    }

    /** Of few chunks the first threads have one each. */
    private static int first(final int chunks, final int thread) {
        return chunks < THREADS ? thread % chunks : chunks * thread / THREADS;
    }

    private static List<Integer> claimAll(final ChunkShares shares, final int thread) {
        final List<Integer> claimed = new ArrayList<>();
        for (int chunk = shares.claim(thread); chunk != ChunkShares.NONE; chunk = shares.claim(thread)) {
            claimed.add(chunk);
        }
        return claimed;
    }

    @Test
    void shouldHaveNothingBeforeTheFirstJob() {
        assertEquals(ChunkShares.NONE, new ChunkShares(THREADS).claim(1));
    }
}
