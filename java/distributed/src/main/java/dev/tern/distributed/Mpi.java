package dev.tern.distributed;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * Jobs whose ranks are processes that {@code mpirun} started, here or on many machines. The MPI library is reached
 * through the Foreign Function and Memory API: Open MPI, or MPICH and what shares its interface, whichever started the
 * process; {@code -Dtern.mpi.library=FILE} names another file of the same kind.
 *
 * <p>A process can join a job once.
 */
public final class Mpi {
    /** What MPI_Abort gets to end this process. */
    private static final Duration GRACE = Duration.ofSeconds(5);

    private Mpi() {}

    /** Whether some mpirun started this process. */
    public static boolean isLaunched() {
        return MpiLauncher.of(System.getenv()).isPresent();
    }

    /** How many processes the job of a launched one has; before it joins. */
    public static int launchedRanks() {
        return launcher().size();
    }

    /** Joins the job; throws a {@link CommunicatorException} that says why where that is not possible. */
    public static Communicator join() {
        final MpiLauncher launcher = launcher();
        final MpiCommunicator communicator = new MpiCommunicator(link(launcher));
        requireSame("rank", launcher, launcher.rank(), communicator.rank());
        requireSame("size", launcher, launcher.size(), communicator.size());
        return communicator;
    }

    private static MpiLauncher launcher() {
        return MpiLauncher.of(System.getenv())
                .orElseThrow(() -> new CommunicatorException(
                        "this process was not started by mpirun: run it as mpirun -n RANKS java …"));
    }

    private static MpiCalls link(final MpiLauncher launcher) {
        if (!System.getProperty("os.name").equals("Linux")) {
            throw new CommunicatorException("MPI is reached on Linux only, not on " + System.getProperty("os.name"));
        }
        try {
            return new MpiCalls(MpiLibrary.find(launcher));
        } catch (final IllegalCallerException e) {
            final Module module = Mpi.class.getModule();
            final String name = module.isNamed() ? module.getName() : "ALL-UNNAMED";
            throw new CommunicatorException(
                    "native access is not enabled: run java with --enable-native-access=" + name, e);
        }
    }

    /** A library that cannot talk to its mpirun takes each process for a job of one. */
    private static void requireSame(final String what, final MpiLauncher launcher, final int told, final int got) {
        if (told >= 0 && told != got) {
            throw new CommunicatorException("%s says %s %d, the MPI library %d: they are not of one installation"
                    .formatted(launcher.name(), what, told, got));
        }
    }

    /**
     * Joins the job, does a rank's work and leaves. A rank that throws ends the job: it prints what it threw, and MPI
     * ends the processes of all others.
     */
    public static void run(final Consumer<Communicator> work) {
        final Communicator communicator = join();
        try {
            work.accept(communicator);
        } catch (final RuntimeException | Error thrown) {
            communicator.abort(trace(thrown));
        }
        communicator.close();
    }

    private static String trace(final Throwable thrown) {
        final StringWriter trace = new StringWriter();
        thrown.printStackTrace(new PrintWriter(trace, true));
        return trace.toString().strip();
    }

    static void endSoon() {
        try {
            Thread.sleep(GRACE);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Runtime.getRuntime().halt(1);
    }
}
