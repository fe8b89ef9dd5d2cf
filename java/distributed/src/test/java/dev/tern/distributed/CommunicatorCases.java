package dev.tern.distributed;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.DataType;
import dev.tern.Shape;
import dev.tern.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** What every communicator has to pass, run by all ranks of a job at once. */
final class CommunicatorCases {
    /** None, one, a ragged number, more than a message is cut into, and more than a cache holds. */
    private static final int[] LENGTHS = {0, 1, 17, 4097, 100_003, 1 << 20};

    private final Communicator ranks;

    private CommunicatorCases(final Communicator communicator) {
        ranks = communicator;
    }

    static void run(final Communicator communicator) {
        final CommunicatorCases cases = new CommunicatorCases(communicator);
        cases.sumsIntegersExactly();
        cases.sumsFloatsAlikeOnAllRanks();
        cases.sumsSeveralAtOnce();
        cases.broadcastsFromAnyRank();
        cases.gathersInTheOrderOfRanks();
        cases.exchangesParts();
        cases.sendsAroundTheRing();
        cases.keepsTheOrderOfMessages();
        cases.holdsAllBackAtABarrier();
        cases.refusesWhatItCannotSend();
        cases.tellsTextOfAnyRank();
        cases.agreesOnWhatTheFirstSays();
        cases.joinsAndOwnsVectors();
        cases.splitsByColor();
    }

    private static Tensor floats(final int length) {
        return Tensor.allocate(DataType.F32, Shape.of(length));
    }

    private static float[] random(final int rank, final int length) {
        final SplittableRandom random = new SplittableRandom(100 + rank);
        final float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    /** Sums of small integers are exact in any order. */
    private void sumsIntegersExactly() {
        for (final int length : LENGTHS) {
            final float[] mine = new float[length];
            final float[] expected = new float[length];
            for (int i = 0; i < length; i++) {
                for (int rank = 0; rank < ranks.size(); rank++) {
                    final float term = (i * 31 + rank * 7) % 1000 - 500;
                    expected[i] += term;
                    mine[i] = rank == ranks.rank() ? term : mine[i];
                }
            }
            final Tensor sums = Tensor.of(Shape.of(length), mine);
            ranks.allReduce(sums);
            assertArrayEquals(expected, sums.toFloats());
        }
    }

    /** Within the bound of N - 1 roundings, and to the bit what the other ranks have. */
    private void sumsFloatsAlikeOnAllRanks() {
        for (final int length : LENGTHS) {
            final Tensor sums = Tensor.of(Shape.of(length), random(ranks.rank(), length));
            ranks.allReduce(sums);
            final double[] exact = new double[length];
            final double[] magnitudes = new double[length];
            for (int rank = 0; rank < ranks.size(); rank++) {
                final float[] terms = random(rank, length);
                for (int i = 0; i < length; i++) {
                    exact[i] += terms[i];
                    magnitudes[i] += Math.abs(terms[i]);
                }
            }
            final float[] got = sums.toFloats();
            for (int i = 0; i < length; i++) {
                final double bound = ranks.size() * Math.ulp(1f) * magnitudes[i];
                assertTrue(Math.abs(got[i] - exact[i]) <= bound, "element " + i + " of " + length);
            }
            assertSameEverywhere(got);
        }
    }

    private void assertSameEverywhere(final float[] values) {
        final Tensor all = floats(values.length * ranks.size());
        ranks.allGather(Tensor.of(Shape.of(values.length), values), all);
        for (int rank = 0; rank < ranks.size(); rank++) {
            final Tensor theirs = all.slice(0, (long) rank * values.length, (rank + 1L) * values.length);
            assertArrayEquals(values, theirs.toFloats(), "rank " + rank);
        }
    }

    private void sumsSeveralAtOnce() {
        final List<Tensor> buckets = new ArrayList<>();
        final List<Request> requests = new ArrayList<>();
        for (int bucket = 0; bucket < 9; bucket++) {
            final float[] values = new float[10_000 + bucket];
            values[bucket] = bucket;
            buckets.add(Tensor.of(Shape.of(values.length), values));
            requests.add(ranks.startAllReduce(buckets.getLast()));
        }
        requests.forEach(Request::await);
        for (int bucket = 0; bucket < 9; bucket++) {
            assertEquals(bucket * ranks.size(), buckets.get(bucket).floatAt(bucket));
        }
    }

    private void broadcastsFromAnyRank() {
        for (int root = 0; root < ranks.size(); root++) {
            for (final int length : LENGTHS) {
                final byte[] values = bytes(root, length);
                final Tensor tensor =
                        Tensor.of(DataType.U8, Shape.of(length), root == ranks.rank() ? values : new byte[length]);
                ranks.broadcast(tensor, root);
                assertArrayEquals(values, tensor.toBytes());
            }
        }
    }

    private static byte[] bytes(final int rank, final int length) {
        final byte[] values = new byte[length];
        new SplittableRandom(rank).nextBytes(values);
        return values;
    }

    private void gathersInTheOrderOfRanks() {
        final int length = 1001;
        final Tensor all = Tensor.allocate(DataType.S8, Shape.of((long) length * ranks.size()));
        ranks.allGather(Tensor.of(DataType.S8, Shape.of(length), bytes(ranks.rank(), length)), all);
        for (int rank = 0; rank < ranks.size(); rank++) {
            final Tensor part = all.slice(0, (long) rank * length, (rank + 1L) * length);
            assertArrayEquals(bytes(rank, length), part.toBytes());
        }
    }

    /** Every element tells who sent it to whom. */
    private void exchangesParts() {
        final int length = 777;
        final float[] values = new float[length * ranks.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = ranks.rank() * 100 + i / length;
        }
        final Tensor received = floats(values.length);
        ranks.startAllToAll(Tensor.of(Shape.of(values.length), values), received)
                .await();
        for (int i = 0; i < values.length; i++) {
            assertEquals(i / length * 100 + ranks.rank(), received.floatAt(i));
        }
    }

    /** All send at the same time, which no rank that waits for its message to leave would survive. */
    private void sendsAroundTheRing() {
        if (ranks.size() == 1) {
            return;
        }
        final int next = (ranks.rank() + 1) % ranks.size();
        final int before = (ranks.rank() + ranks.size() - 1) % ranks.size();
        for (final int length : LENGTHS) {
            final Tensor sent = Tensor.of(Shape.of(length), random(ranks.rank(), length));
            final Tensor received = floats(length);
            final Request sending = ranks.startSend(sent, next);
            ranks.receive(received, before);
            sending.await();
            assertArrayEquals(random(before, length), received.toFloats());
        }
    }

    private void keepsTheOrderOfMessages() {
        if (ranks.size() == 1) {
            return;
        }
        final List<Request> requests = new ArrayList<>();
        final List<Tensor> received = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            if (ranks.rank() == 1) {
                requests.add(ranks.startSend(Tensor.of(Shape.of(1), (float) i), 0));
            } else if (ranks.rank() == 0) {
                received.add(floats(1));
                requests.add(ranks.startReceive(received.getLast(), 1));
            }
        }
        requests.forEach(Request::await);
        for (int i = 0; i < received.size(); i++) {
            assertEquals(i, received.get(i).floatAt(0));
        }
    }

    /** Who has passed sees the mark that each rank left before it came. */
    private void holdsAllBackAtABarrier() {
        try {
            final Path folder = Path.of(Replicas.text(
                    ranks,
                    0,
                    ranks.isFirst() ? Files.createTempDirectory("tern-barrier").toString() : ""));
            final Path mark = Files.createFile(folder.resolve(String.valueOf(ranks.rank())));
            ranks.barrier();
            assertEquals(ranks.size(), folder.toFile().list().length);
            ranks.barrier();
            Files.delete(mark);
            ranks.barrier();
            Files.deleteIfExists(folder);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void refusesWhatItCannotSend() {
        assertRefused(
                "heap",
                () -> ranks.allReduce(Tensor.wrap(MemorySegment.ofArray(new float[4]), DataType.F32, Shape.of(4))));
        assertRefused("F32", () -> ranks.allReduce(Tensor.allocate(DataType.S8, Shape.of(4))));
        assertRefused(
                "gaps",
                () -> ranks.broadcast(
                        Tensor.allocate(DataType.F32, Shape.of(4, 4)).slice(1, 0, 2), 0));
        assertRefused("root", () -> ranks.broadcast(floats(1), ranks.size()));
        assertRefused("all", () -> ranks.allGather(floats(3), floats(3 * ranks.size() + 1)));
        assertRefused("to", () -> ranks.send(floats(1), ranks.rank()));
        assertRefused("from", () -> ranks.receive(floats(1), -1));
    }

    private static void assertRefused(final String word, final Runnable call) {
        final String message =
                assertThrows(IllegalArgumentException.class, call::run).getMessage();
        assertTrue(message.contains(word), message);
    }

    private void tellsTextOfAnyRank() {
        for (int rank = 0; rank < ranks.size(); rank++) {
            assertEquals("tern — " + rank, Replicas.text(ranks, rank, "tern — " + ranks.rank()));
        }
        assertEquals("", Replicas.text(ranks, 0, ranks.isFirst() ? "" : "other"));
    }

    private void agreesOnWhatTheFirstSays() {
        final Map<String, String> expected = new HashMap<>(Map.of("same", "of 0"));
        for (int rank = 0; rank < ranks.size(); rank++) {
            expected.put("own " + rank, "of " + rank);
        }
        final String mine = "of " + ranks.rank();
        assertEquals(expected, Replicas.agree(ranks, Map.of("same", mine, "own " + ranks.rank(), mine)));
        assertEquals(Map.of(), Replicas.agree(ranks, Map.of()));
    }

    /** Of other lengths on each rank, and none on the second. */
    private void joinsAndOwnsVectors() {
        final CommunicatorRanks sides = new CommunicatorRanks(ranks);
        final float[] mine = random(ranks.rank(), ranks.rank() == 1 ? 0 : 3 + ranks.rank());
        final float[] joined = sides.join(mine);
        assertEquals(ranks.isFirst(), joined.length > 0);
        final Tensor length = Tensor.of(Shape.of(1), (float) joined.length);
        ranks.broadcast(length, 0);
        final Tensor all = ranks.isFirst()
                ? Tensor.of(Shape.of(joined.length), joined)
                : Tensor.allocate(DataType.F32, Shape.of((long) length.floatAt(0)));
        ranks.broadcast(all, 0);
        assertArrayEquals(mine, sides.own(all.toFloats(), mine.length));
        assertEquals(ranks.size(), sides.sum(1));
    }

    /** Ranks of a color sum, send and split again without a word to the others. */
    private void splitsByColor() {
        final int colors = Math.min(2, ranks.size());
        final int color = ranks.rank() % colors;
        final Communicator some = ranks.split(color);
        assertEquals((ranks.size() - color + colors - 1) / colors, some.size());
        assertEquals(ranks.rank() / colors, some.rank());
        final Tensor sum = Tensor.of(Shape.of(1), 1f + color);
        some.allReduce(sum);
        assertEquals(some.size() * (1f + color), sum.floatAt(0));
        if (some.size() > 1) {
            final Tensor received = floats(1);
            final Request request = some.startReceive(received, (some.rank() + some.size() - 1) % some.size());
            some.send(Tensor.of(Shape.of(1), 100f * color + some.rank()), (some.rank() + 1) % some.size());
            request.await();
            assertEquals(100f * color + (some.rank() + some.size() - 1) % some.size(), received.floatAt(0));
        }
        assertEquals(1, some.split(some.rank()).size());
        assertRefused("color", () -> ranks.split(-1));
        some.close();
    }
}
