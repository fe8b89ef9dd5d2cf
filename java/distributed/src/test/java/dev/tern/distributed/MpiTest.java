package dev.tern.distributed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.distributed.MpiJob.Implementation;
import dev.tern.distributed.MpiJob.Outcome;
import dev.tern.nn.Partition;
import dev.tern.nn.Replication;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Jobs of processes, more than this machine may have cores for. */
class MpiTest {
    @ParameterizedTest(name = "{0}, {1} ranks")
    @CsvSource({"OPEN_MPI, 2", "OPEN_MPI, 4", "MPICH, 2", "MPICH, 4"})
    void shouldPassTheCases(final Implementation implementation, final int ranks) {
        final Outcome outcome = MpiJob.run(implementation, ranks, "cases");
        assertEquals(0, outcome.status(), outcome.output());
        for (int rank = 0; rank < ranks; rank++) {
            final String line = "rank " + rank + " of " + ranks + " passed";
            assertTrue(outcome.output().contains(line), outcome.output());
        }
    }

    /** What integers decide, the library's order of summation cannot change: the same bits as threads get. */
    @ParameterizedTest(name = "{0}, {1} ranks")
    @CsvSource({"OPEN_MPI, 2", "MPICH, 4"})
    void shouldTrainAsThreadsDo(final Implementation implementation, final int ranks) {
        final Outcome outcome = MpiJob.run(implementation, ranks, "train");
        assertEquals(0, outcome.status(), outcome.output());
        final List<String> weights = Pattern.compile("weights (\\w+)")
                .matcher(outcome.output())
                .results()
                .map(MatchResult::group)
                .toList();
        assertEquals(ranks, weights.size(), outcome.output());
        InProcess.run(ranks, threads -> {
            final String expected = "weights " + ReplicaTraining.train(threads, Compression.INT8);
            weights.forEach(got -> assertEquals(expected, got));
        });
    }

    /**
     * All ranks end with the same bits, which are those of one rank within rounding: PartitionTest holds threads to it.
     */
    @ParameterizedTest(name = "{0}, {1} ranks")
    @CsvSource({"OPEN_MPI, 2", "OPEN_MPI, 4", "MPICH, 2", "MPICH, 4"})
    void shouldTrainModelsInParts(final Implementation implementation, final int ranks) {
        final Outcome outcome = MpiJob.run(implementation, ranks, "parts");
        assertEquals(0, outcome.status(), outcome.output());
        final double alone =
                PartitionTraining.train(Replication.ALONE, Partition.WHOLE).loss();
        for (final String way :
                List.of("pipeline", "one-batch", "linears", "replicas-of-pipelines", "replicas-of-linears")) {
            final List<String> results = Pattern.compile("part " + way + " (\\w+ [\\d.]+)")
                    .matcher(outcome.output())
                    .results()
                    .map(match -> match.group(1))
                    .toList();
            assertEquals(ranks, results.size(), outcome.output());
            assertEquals(1, Set.copyOf(results).size(), way + " " + results);
            assertEquals(alone, Double.parseDouble(results.getFirst().split(" ")[1]), 1e-5, way);
        }
    }

    @ParameterizedTest
    @EnumSource(Implementation.class)
    void shouldEndAllWhereOneThrows(final Implementation implementation) {
        final Outcome outcome = MpiJob.run(implementation, 3, "throw");
        assertNotEquals(0, outcome.status());
        assertTrue(
                outcome.output().contains("rank 1 of 3 ends the job: java.lang.IllegalStateException: planted"),
                outcome.output());
        assertTrue(!outcome.output().contains("passed"), outcome.output());
    }

    @ParameterizedTest
    @EnumSource(Implementation.class)
    void shouldEndAllWhereOneDies(final Implementation implementation) {
        final Outcome outcome = MpiJob.run(implementation, 2, "halt");
        assertNotEquals(0, outcome.status());
        assertTrue(!outcome.output().contains("passed"), outcome.output());
    }

    @Test
    void shouldSayThatNoMpirunStartedIt() {
        final Outcome outcome = MpiJob.alone("cases");
        assertEquals(1, outcome.status());
        assertTrue(outcome.output().contains("refused: this process was not started by mpirun"), outcome.output());
    }

    @ParameterizedTest
    @EnumSource(Implementation.class)
    void shouldSayThatALibraryIsMissing(final Implementation implementation) {
        final Outcome outcome = MpiJob.run(implementation, 2, "-Dtern.mpi.library=libabsent.so.7", "cases");
        assertNotEquals(0, outcome.status());
        assertTrue(outcome.output().contains("libabsent.so.7: cannot open shared object file"), outcome.output());
    }

    @Test
    void shouldRefuseALibraryOfTheOtherFamily() {
        final Outcome outcome = MpiJob.run(Implementation.MPICH, 2, "-Dtern.mpi.library=libmpi.so.40", "cases");
        assertNotEquals(0, outcome.status());
        assertTrue(outcome.output().contains("is Open MPI v"), outcome.output());
        assertTrue(outcome.output().contains("which MPICH's mpirun cannot start"), outcome.output());
    }

    @Test
    void shouldTellLaunchersApart() {
        final Map<String, String> open =
                Map.of("OMPI_COMM_WORLD_RANK", "3", "OMPI_COMM_WORLD_SIZE", "8", "PMIX_RANK", "3");
        final MpiLauncher launcher = MpiLauncher.of(open).orElseThrow();
        assertEquals(MpiLauncher.Family.OPEN_MPI, launcher.family());
        assertEquals(3, launcher.rank());
        assertEquals(8, launcher.size());
        final Map<String, String> mpich = Map.of("PMI_RANK", "0", "PMI_SIZE", "2");
        assertEquals(
                MpiLauncher.Family.MPICH, MpiLauncher.of(mpich).orElseThrow().family());
        final Map<String, String> slurm = Map.of("PMIX_RANK", "1");
        assertEquals(-1, MpiLauncher.of(slurm).orElseThrow().size());
        assertTrue(MpiLauncher.of(Map.of("PATH", "/bin")).isEmpty());
    }
}
