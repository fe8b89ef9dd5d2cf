package dev.tern.nn;

/** The replicas that train one model together, each on its part of every batch. */
public interface Replication extends Ranks {
    /** Of a model that is trained by itself. */
    Replication ALONE = new Alone();

    /** What makes gradients of this replica those of all. */
    GradientExchange exchange(ParameterSet parameters);

    /** Gives all the parameters of the first, and its statistics. */
    void copyFromFirst(ParameterSet parameters);

    /** Gives all the mean of what each has observed. */
    void averageStatistics(ParameterSet parameters);

    /** What has to be the same when a training goes on. */
    String description();

    /** The only replica. */
    final class Alone extends OneRank implements Replication {
        private Alone() {}

        @Override
        public GradientExchange exchange(final ParameterSet parameters) {
            return GradientExchange.NONE;
        }

        @Override
        public void copyFromFirst(final ParameterSet parameters) {}

        @Override
        public void averageStatistics(final ParameterSet parameters) {}

        @Override
        public String description() {
            return "1";
        }
    }
}
