package dev.tern.nn;

/**
 * The replicas that train one model together, as one of them sees them. All call the same methods in the same order,
 * and all get the same bits.
 */
public interface Replication {
    /** Of a model that is trained by itself. */
    Replication ALONE = new Replication() {
        @Override
        public int rank() {
            return 0;
        }

        @Override
        public int size() {
            return 1;
        }

        @Override
        public GradientExchange exchange(final ParameterSet parameters) {
            return GradientExchange.NONE;
        }

        @Override
        public void copyFromFirst(final ParameterSet parameters) {}

        @Override
        public void averageStatistics(final ParameterSet parameters) {}

        @Override
        public double sum(final double value) {
            return value;
        }
    };

    /** The number of this replica, from 0. */
    int rank();

    int size();

    /** What makes gradients of this replica those of all. */
    GradientExchange exchange(ParameterSet parameters);

    /** Gives all the parameters of the first, and its statistics. */
    void copyFromFirst(ParameterSet parameters);

    /** Gives all the mean of what each has observed. */
    void averageStatistics(ParameterSet parameters);

    /** The sum over all, in f32. */
    double sum(double value);

    /**
     * Where the part of a replica begins when {@code count} things are shared; the part of {@code size()} is the end.
     */
    default int part(final int count, final int replica) {
        return (int) ((long) count * replica / size());
    }
}
