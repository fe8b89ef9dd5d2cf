package dev.tern.distributed;

import dev.tern.Operation;
import dev.tern.model.Binarized;
import dev.tern.model.Flatten;
import dev.tern.model.Fusion;
import dev.tern.model.Graph;
import dev.tern.model.GraphBuilder;
import dev.tern.model.Layer;
import dev.tern.model.LstmLayer;
import dev.tern.model.Node;
import dev.tern.model.ValueType;
import dev.tern.model.Weighted;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * A graph cut into stages that follow each other, each a graph of its own. Among all cuts it is the one whose slowest
 * stage is the quickest by an estimate: operations of the products, three times as many in training as forward, and a
 * price for each number that a node makes, which is written, read, and so is its gradient. Nothing is measured, so that
 * all ranks, and a training that goes on later, cut alike.
 */
final class StageCut {
    private static final double PASSES = 3;
    /** Operations that a core does in the time that a number and its gradient take to memory and back. */
    private static final double OPERATIONS_PER_NUMBER = 100;

    private final Graph graph;
    private final List<Node> nodes;
    private final List<Graph> stages = new ArrayList<>();

    private StageCut(final Graph graph, final int count) {
        this.graph = graph;
        nodes = graph.nodes();
        int from = 0;
        for (final int end : bestEnds(count)) {
            stages.add(stage(from, end));
            from = end;
        }
    }

    /** Into so many stages, each with parameters; refuses more than there are. */
    static StageCut of(final Graph whole, final int stages) {
        return new StageCut(Fusion.fuse(whole), stages);
    }

    /** Where the stages end. */
    private int[] bestEnds(final int count) {
        final double[][] costs = costs();
        final double[][] dearest = new double[count + 1][nodes.size() + 1]; // of so many stages of so many nodes
        final int[][] begin = new int[count + 1][nodes.size() + 1]; // of the last of them
        for (final double[] row : dearest) {
            Arrays.fill(row, Double.POSITIVE_INFINITY);
        }
        dearest[0][0] = 0;
        for (int stage = 1; stage <= count; stage++) {
            for (int to = 1; to <= nodes.size(); to++) {
                for (int from = 0; from < to; from++) {
                    final double cost = Math.max(dearest[stage - 1][from], costs[from][to]);
                    if (cost < dearest[stage][to]) {
                        dearest[stage][to] = cost;
                        begin[stage][to] = from;
                    }
                }
            }
        }
        requireCut(dearest[count][nodes.size()], count);
        final int[] ends = new int[count];
        for (int stage = count, end = nodes.size(); stage > 0; end = begin[stage--][end]) {
            ends[stage - 1] = end;
        }
        return ends;
    }

    private void requireCut(final double cost, final int count) {
        if (cost == Double.POSITIVE_INFINITY) {
            throw new IllegalArgumentException(
                    "stages: got %d, allowed: not more than %s has parts in a row with parameters of their own"
                            .formatted(count, graph.name()));
        }
    }

    private double[][] costs() {
        final double[][] costs = new double[nodes.size() + 1][nodes.size() + 1];
        for (int from = 0; from < nodes.size(); from++) {
            for (int to = from + 1; to <= nodes.size(); to++) {
                costs[from][to] = cost(from, to);
            }
        }
        return costs;
    }

    /** Infinite where these nodes cannot be a stage. */
    private double cost(final int from, final int to) {
        final List<Node> stage = nodes.subList(from, to);
        return isStage(stage, from) ? stage.stream().mapToDouble(this::cost).sum() : Double.POSITIVE_INFINITY;
    }

    /** Whether they have parameters that no other nodes have, and read one value that they do not make. */
    private boolean isStage(final List<Node> stage, final int from) {
        final Set<String> mine = parameters(stage);
        final List<Node> others = new ArrayList<>(nodes);
        others.removeAll(stage);
        final Set<String> made = new HashSet<>(Set.of(before(from)));
        final boolean chained = stage.stream().allMatch(node -> {
            final boolean reads = made.containsAll(node.inputs());
            made.add(node.name());
            return reads;
        });
        return chained && !mine.isEmpty() && Collections.disjoint(mine, parameters(others));
    }

    private static Set<String> parameters(final List<Node> some) {
        final Set<String> names = new LinkedHashSet<>();
        some.forEach(node -> names.addAll(node.layer().parameters()));
        return names;
    }

    /** The value that a stage begins with. */
    private String before(final int from) {
        return from == 0
                ? graph.inputs().keySet().iterator().next()
                : nodes.get(from - 1).name();
    }

    private double cost(final Node node) {
        if (node.layer() instanceof Flatten) {
            return 0; // which is the same memory
        }
        return PASSES * operations(node)
                + OPERATIONS_PER_NUMBER * graph.type(node.name()).sample().elements();
    }

    /** Of one sample, forward. */
    private double operations(final Node node) {
        final ValueType input = graph.type(node.inputs().getFirst());
        return switch (node.layer()) {
            case Weighted sums -> operations(sums.operation(input, graph.parameters()), node);
            case Binarized signs -> operations(signs.sums().operation(input, graph.parameters()), node);
            case LstmLayer lstm -> lstm.operation(input, graph.parameters()).operations(rows(input));
            case Layer _ -> 0;
        };
    }

    private double operations(final Operation sums, final Node node) {
        return sums.operations(rows(graph.type(node.name())));
    }

    /** A sample has so many rows of numbers. */
    private static long rows(final ValueType type) {
        final int rank = type.sample().rank();
        return type.sample().elements() / type.sample().length(rank - 1);
    }

    private Graph stage(final int from, final int to) {
        final GraphBuilder builder = Graph.builder(graph.name()).input(before(from), graph.type(before(from)));
        final List<Node> stage = nodes.subList(from, to);
        parameters(stage).forEach(name -> builder.parameter(graph.parameters().get(name)));
        stage.forEach(builder::node);
        return builder.build();
    }

    Graph stage(final int index) {
        return stages.get(index);
    }

    /** The stage that has a parameter. */
    int owner(final String parameter) {
        int stage = 0;
        while (!stages.get(stage).parameters().containsKey(parameter)) {
            stage++;
        }
        return stage;
    }
}
