package dev.tern.distributed;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What started this process as a rank, as the environment tells.
 *
 * @param libraries file names of MPI libraries that can talk to it, by preference
 * @param rank -1 where the environment does not tell
 * @param size of the job; -1 where the environment does not tell
 */
record MpiLauncher(String name, Family family, List<String> libraries, int rank, int size) {
    private static final List<String> OPEN_MPI = List.of("libmpi.so.40", "libmpi.so");
    private static final List<String> MPICH = List.of("libmpich.so.12", "libmpi.so.12", "libmpich.so", "libmpi.so");

    /** Libraries of one binary interface. */
    enum Family {
        OPEN_MPI("Open MPI"),
        /** And all that agreed on its interface: Intel MPI, MVAPICH. */
        MPICH("MPICH");

        private final String title;

        Family(final String title) {
            this.title = title;
        }

        /** By what MPI_Get_library_version says of a library. */
        static Family of(final String version) {
            return version.startsWith("Open MPI") ? OPEN_MPI : MPICH;
        }

        @Override
        public String toString() {
            return title;
        }
    }

    static Optional<MpiLauncher> of(final Map<String, String> environment) {
        if (environment.containsKey("OMPI_COMM_WORLD_SIZE")) {
            return Optional.of(new MpiLauncher(
                    "Open MPI's mpirun",
                    Family.OPEN_MPI,
                    OPEN_MPI,
                    number(environment, "OMPI_COMM_WORLD_RANK"),
                    number(environment, "OMPI_COMM_WORLD_SIZE")));
        }
        if (environment.containsKey("PMI_SIZE")) {
            return Optional.of(new MpiLauncher(
                    "MPICH's mpirun",
                    Family.MPICH,
                    MPICH,
                    number(environment, "PMI_RANK"),
                    number(environment, "PMI_SIZE")));
        }
        if (environment.containsKey("PMIX_RANK")) { // as by srun
            return Optional.of(
                    new MpiLauncher("a PMIx server", Family.OPEN_MPI, OPEN_MPI, number(environment, "PMIX_RANK"), -1));
        }
        return Optional.empty();
    }

    private static int number(final Map<String, String> environment, final String name) {
        try {
            return Integer.parseInt(environment.getOrDefault(name, "-1"));
        } catch (final NumberFormatException e) {
            throw new CommunicatorException(
                    "%s: got '%s', allowed: a number".formatted(name, environment.get(name)), e);
        }
    }
}
