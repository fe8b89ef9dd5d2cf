package dev.tern.bench;

/**
 * A row that is missing, and why.
 *
 * @param shape empty where the system could not start at all
 * @param wrong the system ran and its output was wrong; otherwise it could not run here
 */
public record Failure(String shape, String type, int threads, String system, String reason, boolean wrong) {

    String toText() {
        final String problem = shape.isEmpty() ? "" : " " + type + " " + shape;
        return String.format("%s: %s%s, threads %d: %s", wrong ? "WRONG" : "absent", system, problem, threads, reason);
    }
}
