package dev.tern.bench;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.DoubleSummaryStatistics;
import java.util.List;

/** A system with the line to its process, during one block. */
final class Contestant {

    final BenchSystem system;
    private final Line worker;
    private final double[] medians;
    private int turns;
    private double min;
    private String kernel;

    Contestant(final BenchSystem system, final Line worker, final int alternations) {
        this.system = system;
        this.worker = worker;
        this.medians = new double[alternations];
    }

    void prepare(final BenchCase problem) {
        kernel = worker.ask("prepare " + problem.op() + " " + problem.type().label() + " " + problem.shape());
    }

    void output(final Path file) {
        worker.ask("output " + file);
    }

    void warm(final int windows) {
        worker.ask("warm " + windows);
    }

    void release() {
        worker.ask("release");
    }

    /** Forgets the turns taken so far. */
    void restart() {
        turns = 0;
        min = Double.POSITIVE_INFINITY;
    }

    void takeTurn(final long nanos) {
        final String[] answer = worker.ask("time " + nanos).split(" ");
        medians[turns++] = Double.parseDouble(answer[0]);
        min = Math.min(min, Double.parseDouble(answer[1]));
    }

    String kernel() {
        return kernel;
    }

    /** Nanoseconds of one run, turn by turn. */
    List<Double> turns() {
        return Arrays.stream(medians, 0, turns).boxed().toList();
    }

    double median() {
        return Turns.median(turns, turn -> medians[turn]);
    }

    double min() {
        return min;
    }

    double spread() {
        final DoubleSummaryStatistics all = Arrays.stream(medians, 0, turns).summaryStatistics();
        return (all.getMax() - all.getMin()) / median();
    }
}
