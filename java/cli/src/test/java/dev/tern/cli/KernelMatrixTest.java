package dev.tern.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.Engine;
import dev.tern.probe.Probe;
import dev.tern.probe.ProbeReport;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Counts the cells of operation × type × backend × ISA or width: each has run against the reference, or has one of the
 * three reasons for which a cell may not: the operation does not exist for the type, the ISA has no such width, the
 * hardware is absent.
 */
class KernelMatrixTest {
    private static final List<String> ISA = List.of(
            "scalar",
            "avx2",
            "avx512",
            "avx512vnni",
            "avx512bf16",
            "avx512vpopcntdq",
            "avx512vbmi",
            "amxint8",
            "neon",
            "dotprod",
            "i8mm");
    private static final List<Integer> WIDTHS = List.of(512, 256, 128);

    private enum Cell {
        RUNS,
        NO_SUCH_OPERATION_FOR_THE_TYPE,
        NO_SUCH_WIDTH,
        HARDWARE_ABSENT
    }

    private final ProbeReport machine = Probe.read();

    @Test
    @Tag("slow")
    void shouldRunEveryCellOrHaveAReason() throws Exception {
        final Map<String, Cell> cells = new TreeMap<>();
        KernelMatrix.combinations().forEach(combination -> addCells(combination, cells));
        final Set<String> required = cells.entrySet().stream()
                .filter(cell -> cell.getValue() == Cell.RUNS)
                .map(Map.Entry::getKey)
                .collect(Collectors.toCollection(TreeSet::new));
        final Set<String> ran = ran();
        final Map<Cell, Long> counts =
                cells.values().stream().collect(Collectors.groupingBy(cell -> cell, Collectors.counting()));
        System.out.println("cells: " + counts);
        required.forEach(cell -> System.out.println("  " + cell));
        assertEquals(String.join("\n", required), String.join("\n", ran));
        assertEquals(KernelMatrix.combinations().size() * (1 + WIDTHS.size() + ISA.size() + 1), cells.size());
    }

    private void addCells(final KernelMatrix.Combination combination, final Map<String, Cell> cells) {
        final String types = combination.name();
        cells.put(types + " reference scalar", Cell.RUNS);
        for (final int width : WIDTHS) {
            cells.put(types + " vector vector" + width, has(width) ? Cell.RUNS : Cell.NO_SUCH_WIDTH);
        }
        for (final String isa : ISA) {
            final boolean exists = combination.isas().contains(isa);
            final boolean here = machine.cpu().isa().os().contains(isa);
            cells.put(
                    types + " native " + isa,
                    !exists ? Cell.NO_SUCH_OPERATION_FOR_THE_TYPE : here ? Cell.RUNS : Cell.HARDWARE_ABSENT);
        }
        final Cell opencl = hasOpenCl() ? Cell.RUNS : Cell.HARDWARE_ABSENT;
        cells.put(types + " opencl cpu", combination.openCl() ? opencl : Cell.NO_SUCH_OPERATION_FOR_THE_TYPE);
    }

    private boolean has(final int width) {
        return machine.jvm().vectorApi().bits() >= width;
    }

    private static boolean hasOpenCl() {
        try (Engine engine = Engine.builder().build()) {
            final boolean has = engine.targets().stream().anyMatch(target -> target.startsWith("opencl:cpu"));
            assertTrue(has || System.getenv("CI") == null, "no OpenCL device under CI");
            return has;
        }
    }

    /** This process runs all but the narrower vectors, whose width is fixed for a process. */
    private Set<String> ran() throws IOException, InterruptedException {
        final Set<String> ran = new TreeSet<>(runInProcess(List.of()));
        for (final int width : WIDTHS.stream().filter(this::has).toList()) {
            ran.addAll(runInProcess(List.of("-Dtern.vector.bits=" + width), "cpu:vector"));
        }
        return ran;
    }

    private static List<String> runInProcess(final List<String> flags, final String... targets)
            throws IOException, InterruptedException {
        final List<String> all = new ArrayList<>(flags);
        System.getProperties().stringPropertyNames().stream()
                .filter(name -> name.startsWith("tern.") && !name.equals("tern.vector.bits"))
                .forEach(name -> all.add("-D" + name + "=" + System.getProperty(name)));
        final List<String> command = JavaProcess.command(List.of(), all, KernelMatrix.class, List.of(targets));
        final Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        final List<String> lines = process.inputReader().lines().toList();
        assertEquals(0, process.waitFor(), () -> "failed: " + command);
        return lines;
    }
}
