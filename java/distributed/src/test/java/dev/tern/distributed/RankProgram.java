package dev.tern.distributed;

import dev.tern.Shape;
import dev.tern.Tensor;

/** What the ranks of the tests' MPI jobs run: {@code cases}, {@code throw} or {@code halt}. */
final class RankProgram {
    private RankProgram() {}

    public static void main(final String[] arguments) {
        try {
            Mpi.run(ranks -> work(arguments[0], ranks));
        } catch (final CommunicatorException e) {
            System.out.println("refused: " + e.getMessage());
            System.exit(1);
        }
    }

    private static void work(final String what, final Communicator ranks) {
        switch (what) {
            case "cases" -> CommunicatorCases.run(ranks);
            case "train" -> System.out.println("weights " + ReplicaTraining.train(ranks, Compression.INT8));
            case "parts" -> PartitionTraining.all(ranks).forEach(RankProgram::tell);
            case "throw" -> {
                failOnRank1(ranks);
                ranks.allReduce(Tensor.of(Shape.of(1), 0f));
            }
            case "halt" -> {
                if (ranks.rank() == 1) {
                    Runtime.getRuntime().halt(9);
                }
                ranks.receive(Tensor.of(Shape.of(1), 0f), 1);
            }
            default -> throw new IllegalArgumentException(what);
        }
        System.out.println("rank " + ranks.rank() + " of " + ranks.size() + " passed");
    }

    private static void tell(final String name, final PartitionTraining.Result result) {
        System.out.println("part " + name + " " + result);
    }

    private static void failOnRank1(final Communicator ranks) {
        if (ranks.rank() == 1) {
            throw new IllegalStateException("planted");
        }
    }
}
