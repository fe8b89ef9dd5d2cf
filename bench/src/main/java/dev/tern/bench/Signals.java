package dev.tern.bench;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;

/** Stops and continues processes: a stopped one cannot spin on a core that another is timed on. Linux's numbers. */
final class Signals {

    private static final int SIGKILL = 9;
    private static final int SIGCONT = 18;
    private static final int SIGSTOP = 19;
    private static final int PR_SET_PDEATHSIG = 1;

    private static final int P_PID = 1;
    private static final int WSTOPPED = 2;
    private static final int WEXITED = 4;
    private static final int WNOWAIT = 0x0100_0000;
    private static final long SIGINFO_BYTES = 128;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final MethodHandle KILL = LINKER.downcallHandle(
            LINKER.defaultLookup().findOrThrow("kill"), FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle PRCTL = LINKER.downcallHandle(
            LINKER.defaultLookup().findOrThrow("prctl"),
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG),
            Linker.Option.firstVariadicArg(1));

    private static final MethodHandle WAITID = LINKER.downcallHandle(
            LINKER.defaultLookup().findOrThrow("waitid"),
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));

    private Signals() {}

    /** Returns when the last of its threads has stopped, or when it has ended. */
    static void stop(final Process process) {
        send(process, SIGSTOP);
        try (Arena arena = Arena.ofConfined()) {
            final int ignored = (int) WAITID.invokeExact(
                    P_PID, (int) process.pid(), arena.allocate(SIGINFO_BYTES), WSTOPPED | WEXITED | WNOWAIT);
        } catch (final RuntimeException | Error e) {
            throw e;
        } catch (final Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    static void resume(final Process process) {
        send(process, SIGCONT);
    }

    /** A stopped worker would outlive a parent that was killed: it never sees its input end. */
    static void dieWithParent() {
        try {
            if ((int) PRCTL.invokeExact(PR_SET_PDEATHSIG, (long) SIGKILL) != 0) {
                throw new IllegalStateException("prctl(PR_SET_PDEATHSIG) failed");
            }
        } catch (final RuntimeException | Error e) {
            throw e;
        } catch (final Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    private static void send(final Process process, final int signal) {
        try {
            if ((int) KILL.invokeExact((int) process.pid(), signal) != 0 && process.isAlive()) {
                throw new IllegalStateException("kill(" + process.pid() + ", " + signal + ") failed");
            }
        } catch (final RuntimeException | Error e) {
            throw e;
        } catch (final Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
