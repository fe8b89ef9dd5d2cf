package dev.tern.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tern.nn.data.DataSet;
import dev.tern.nn.data.EmbeddedSample;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The main job on a small part of the embedded sample. Its times are printed, never judged. */
class DemoTest {
    private static final DemoReport REPORT = report();

    private static DemoReport report() {
        final DataSet sample = EmbeddedSample.load();
        final DataSet part = new DataSet(
                sample.name(),
                sample.classes(),
                sample.train().slice(0, 2000),
                sample.test().slice(0, 300));
        return new Demo(part, line -> {}).run();
    }

    @Test
    void shouldKeepTheFieldsOfItsContract() throws IOException {
        final JsonNode json = new ObjectMapper().readTree(Json.write(REPORT));
        assertFields(json, "machine", "data", "model", "variants", "layers");
        assertFields(json.get("variants").get(0), "name", "backend", "bytes", "accuracy", "latency_ms");
        assertFields(json.get("variants").get(0).get("latency_ms"), "1", "256");
        assertFields(json.get("layers").get(0), "name", "op", "chosen", "reason", "candidates");
        assertFields(json.get("layers").get(0).get("candidates").get(0), "backend", "type", "median_ns");
    }

    private static void assertFields(final JsonNode node, final String... names) {
        for (final String name : names) {
            assertTrue(node.has(name), () -> name + " in " + node);
        }
    }

    @Test
    void shouldRunBothFormsOnEveryBackend() {
        final List<String> names = new ArrayList<>();
        for (final DemoReport.Variant variant : REPORT.variants()) {
            names.add(variant.name() + " " + variant.backend());
            assertTrue(variant.accuracy() > 0.8, variant.toString());
        }
        assertTrue(names.containsAll(
                List.of("f32 cpu:reference", "int8 cpu:reference", "f32 cpu:vector", "int8 cpu:vector")));
    }

    @Test
    void shouldGetTheSameInt8AnswersFromEveryBackend() {
        assertEquals(
                1,
                REPORT.variants().stream()
                        .filter(variant -> variant.name().equals("int8"))
                        .map(DemoReport.Variant::accuracy)
                        .distinct()
                        .count());
    }

    @Test
    void shouldPrintEveryLayerAndVariant() {
        final StringWriter text = new StringWriter();
        new DemoText(new PrintWriter(text)).print(REPORT);
        REPORT.layers().forEach(layer -> assertTrue(text.toString().contains(layer.name()), text.toString()));
        REPORT.variants().forEach(variant -> assertTrue(text.toString().contains(variant.backend()), text.toString()));
    }
}
