package dev.tern.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProbeCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void shouldPrintARowOfFindingsForEachSection() {
        assertEquals(0, probe());
        final List<String> sections = out.toString()
                .lines()
                .map(line -> line.split(" ")[0])
                .filter(word -> !word.isEmpty())
                .toList();
        assertEquals(
                List.of("jvm", "cpu", "memory", "native", "backends", "devices", "hardware", "operations"), sections);
    }

    @Test
    void shouldPrintOneJsonDocumentOfTheAgreedFields() throws IOException {
        assertEquals(0, probe("--json"));
        final JsonNode report = new ObjectMapper().readTree(out.toString());
        assertEquals(
                List.of(
                        "hardware_key",
                        "os",
                        "jvm",
                        "cpu",
                        "memory",
                        "native_library",
                        "backends",
                        "devices",
                        "accelerators",
                        "operations",
                        "measured"),
                names(report));
        assertEquals(
                List.of("model", "vendor", "logical_cpus", "physical_cores", "usable_cores", "quota", "isa", "caches"),
                names(report.get("cpu")));
        assertEquals(List.of("os", "cpuid", "missing"), names(report.at("/cpu/isa")));
        assertEquals(List.of("path", "sha256", "build", "isa", "missing"), names(report.get("native_library")));
        assertEquals(
                List.of("kind", "backend", "hardware", "libraries", "missing"), names(report.at("/accelerators/0")));
        assertEquals(
                List.of("operation", "types", "backend", "device", "kernel", "refusals"),
                names(report.at("/operations/0")));
    }

    @Test
    void shouldReturn0WhenAllThatIsRequiredIsThere() {
        assertEquals(0, probe("--require=scalar,reference", "--require=cpu"));
        assertEquals("", err.toString());
    }

    @Test
    void shouldReturn3AndListWhatIsNotThere() {
        assertEquals(3, probe("--json", "--require=tpu,scalar"));
        assertTrue(err.toString().startsWith("tern: no tpu: "), err::toString);
        assertEquals(1, err.toString().lines().count());
        assertTrue(out.toString().startsWith("{"), "the report is printed nevertheless");
    }

    @Test
    void shouldReturn2ForAFeatureThatDoesNotExistAndProbeNothing() {
        assertEquals(2, probe("--require=avx9"));
        assertTrue(err.toString().contains("avx512vpopcntdq"), err::toString);
        assertEquals("", out.toString());
    }

    @Test
    void shouldOfferEveryFeatureInTheHelp() {
        assertEquals(0, probe("--help"));
        assertTrue(out.toString().replaceAll("\\s+", " ").contains("avx512vnni, avx512bf16"), out::toString);
    }

    private int probe(final String... options) {
        final List<String> arguments = new ArrayList<>(List.of("probe"));
        arguments.addAll(List.of(options));
        return TernCommand.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(arguments.toArray(String[]::new));
    }

    private static List<String> names(final JsonNode node) {
        final List<String> names = new ArrayList<>();
        node.fieldNames().forEachRemaining(names::add);
        return names;
    }
}
