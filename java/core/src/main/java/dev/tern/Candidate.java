package dev.tern;

/**
 * One way of running an operation that the dispatcher looked at.
 *
 * @param kernel the kernel's stem; empty where the backend was refused as a whole
 * @param nanos time of one run at the row class's representative number of rows; NaN where refused
 * @param source where the time is from
 * @param reason why it was chosen, beaten or refused
 */
public record Candidate(
        String backend,
        String device,
        String kernel,
        Isa isa,
        double nanos,
        Source source,
        Verdict verdict,
        String reason) {
    public enum Source {
        MEASURED,
        CACHED,
        MODEL,
        NONE
    }

    public enum Verdict {
        CHOSEN,
        BEATEN,
        REFUSED
    }

    static Candidate refused(final String backend, final String device, final String reason) {
        return new Candidate(backend, device, "", Isa.SCALAR, Double.NaN, Source.NONE, Verdict.REFUSED, reason);
    }

    /** Names it among the candidates of one operation: {@code device/backend/kernel}. */
    public String id() {
        return device + "/" + backend + "/" + kernel;
    }
}
