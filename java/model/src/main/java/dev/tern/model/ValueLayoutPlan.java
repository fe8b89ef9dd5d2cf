package dev.tern.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Where each value of a graph lives during a run: in a tensor of the caller's, in a buffer of the context, or as a view
 * of another value. Values are numbered, inputs first, then nodes in order.
 */
final class ValueLayoutPlan {
    private final List<ValueType> types = new ArrayList<>();
    private final Map<String, Integer> numbers = new HashMap<>();
    private final int[] holders;
    private final int[] callers;
    private final int[] buffers;
    private final BufferPlan plan;
    private final int inputs;

    ValueLayoutPlan(final Graph graph, final int maxBatch) {
        graph.inputs().keySet().forEach(name -> number(graph, name));
        inputs = types.size();
        graph.nodes().forEach(node -> number(graph, node.name()));
        final int[] roots = roots(graph);
        callers = callers(graph, roots);
        holders = holders(roots);
        final List<Integer> held = new ArrayList<>();
        buffers = new int[types.size()];
        Arrays.fill(buffers, -1);
        for (int value = 0; value < types.size(); value++) {
            if (holders[value] == value && callers[value] < 0) {
                held.add(value);
            }
        }
        plan = new BufferPlan(held.stream()
                .map(value -> interval(graph, roots, value, maxBatch))
                .toList());
        for (int i = 0; i < held.size(); i++) {
            buffers[held.get(i)] = plan.buffer(i);
        }
    }

    private void number(final Graph graph, final String name) {
        numbers.put(name, types.size());
        types.add(graph.type(name));
    }

    /** What a view shows, views of views followed to their end. */
    private int[] roots(final Graph graph) {
        final int[] roots = new int[types.size()];
        Arrays.setAll(roots, value -> value);
        for (final Node node : graph.nodes()) {
            if (node.layer().isView()) {
                roots[number(node.name())] = roots[number(node.inputs().getFirst())];
            }
        }
        return roots;
    }

    /** Which of the caller's tensors, inputs before outputs, a value is; -1 for none. */
    private int[] callers(final Graph graph, final int[] roots) {
        final int[] given = new int[types.size()];
        Arrays.setAll(given, value -> value < inputs ? value : -1);
        for (int i = 0; i < graph.outputs().size(); i++) {
            final String name = graph.outputs().get(i);
            final int output = number(name);
            for (int value = 0; value < given.length; value++) {
                if (given[value] >= 0 && roots[value] == roots[output]) {
                    throw new IllegalArgumentException("%s: output '%s' is the same memory as another input or output"
                            .formatted(graph.name(), name));
                }
            }
            given[output] = inputs + i;
        }
        return given;
    }

    /** The value that a value is a view of: the caller's tensor of its kind, else its root. */
    private int[] holders(final int[] roots) {
        final int[] result = roots.clone();
        for (int given = 0; given < callers.length; given++) {
            if (callers[given] >= 0) {
                for (int value = 0; value < roots.length; value++) {
                    if (roots[value] == roots[given]) {
                        result[value] = given;
                    }
                }
            }
        }
        return result;
    }

    private BufferPlan.Interval interval(final Graph graph, final int[] roots, final int value, final int maxBatch) {
        int dies = value;
        for (final Node node : graph.nodes()) {
            for (final String input : node.inputs()) {
                if (roots[number(input)] == value) {
                    dies = Math.max(dies, number(node.name()));
                }
            }
        }
        return new BufferPlan.Interval(value, dies, types.get(value).bytes(maxBatch));
    }

    int number(final String name) {
        return numbers.get(name);
    }

    int count() {
        return types.size();
    }

    int inputs() {
        return inputs;
    }

    ValueType type(final int value) {
        return types.get(value);
    }

    int holder(final int value) {
        return holders[value];
    }

    /** The place among the caller's tensors, or -1. */
    int caller(final int value) {
        return callers[value];
    }

    /** The buffer of a value that is neither the caller's nor a view; -1 for the others. */
    int buffer(final int value) {
        return buffers[value];
    }

    BufferPlan buffers() {
        return plan;
    }

    long bytes() {
        long bytes = 0;
        for (int buffer = 0; buffer < plan.count(); buffer++) {
            bytes += plan.bytes(buffer);
        }
        return bytes;
    }
}
