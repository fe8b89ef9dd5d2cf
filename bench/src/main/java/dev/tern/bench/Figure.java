package dev.tern.bench;

/**
 * A figure that somebody published or that this project set itself, and what came out here; a row of DESIGN §6.
 *
 * @param name as given to {@code scripts/reproduce}
 * @param published by others; null where the figure is our own
 */
public record Figure(String name, String what, Double published, double goal, double measured, boolean met) {

    static Figure atLeast(final String name, final String what, final double goal, final double measured) {
        return new Figure(name, what, null, goal, measured, measured >= goal);
    }

    static Figure atMost(final String name, final String what, final double goal, final double measured) {
        return new Figure(name, what, null, goal, measured, measured <= goal);
    }
}
