package dev.tern.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.Pool2d;
import dev.tern.Window;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelFileTest {
    @TempDir
    private Path folder;

    @Test
    void shouldBringAFloatModelBack() throws IOException {
        assertRoundTrip(TestGraphs.randomised(Models.byName("mlp"), 3).withMetadata("accuracy", "0.98"));
    }

    @Test
    void shouldBringAnInt8ModelBack() throws IOException {
        assertRoundTrip(TestGraphs.quantizedPerceptron(67, 19, 10, 3));
    }

    @Test
    void shouldBringEveryLayerBack() throws IOException {
        assertRoundTrip(Graph.builder("all")
                .input("x", ValueType.f32(2, 3))
                .add("q", new Quantize(Precision.u8(Math.nextUp(1f) / 3, 7)))
                .add("d", new Dequantize())
                .relu("r")
                .flatten("f")
                .linear("l", 4)
                .softmax("s")
                .build());
    }

    @Test
    void shouldBringEveryImageAndSequenceLayerBack() throws IOException {
        final Window odd = new Window(3, 2, 2, 1, 1, 2, 1, 0, 2, 1);
        assertRoundTrip(Graph.builder("images")
                .input("x", ValueType.f32(9, 8, 4))
                .conv2d("c", 6, odd, 2)
                .batchNorm("b")
                .maxPool("m", Window.of(2, 2))
                .averagePool("a", Window.of(2, 1).stride(1, 2))
                .add("counted", new Pooling(Pool2d.Mode.AVERAGE, Window.of(2, 2).padding(1), true))
                .binarizedConv2d("bc", 3, Window.of(2, 2).padding(1))
                .globalAveragePool("g")
                .dropout("d", 0.3f)
                .build());
        assertRoundTrip(Graph.builder("sequences")
                .input("x", ValueType.f32(5, 3))
                .lstm("l", 4)
                .lastStep("s")
                .binarizedLinear("bl", 3)
                .build());
        Models.names().forEach(name -> assertDoesNotThrow(() -> assertRoundTrip(Models.byName(name)), name));
    }

    @Test
    void shouldSayWhatIsWrongWithAWindow() throws IOException {
        final Graph graph = Models.byName("cnn");
        damaged(graph, "\\\"padding\\\":[1,1,1,1]", "\\\"padding\\\":[1,1,1.1]", "wanted 4 integers");
        damaged(graph, "\\\"kernel\\\":[3,3]", "\\\"kernel\\\":[333]", "'kernel' is [333]; wanted 2 integers");
        damaged(graph, "\\\"stride\\\":[2,2]", "\\\"stride\\\":[0,2]", "stride");
    }

    @Test
    void shouldRefuseAFileWithoutADescription() throws IOException {
        final Path file = folder.resolve("plain");
        new SafeTensors(Map.of(), Map.of()).write(file);
        assertTrue(assertThrows(MalformedFileException.class, () -> ModelFile.read(file))
                .getMessage()
                .contains("tern.graph"));
    }

    @Test
    void shouldSayWhatIsWrongInADescription() throws IOException {
        final Graph graph = Models.perceptron("p", 30, 21, 9);
        damaged(graph, "tern.graph/1", "tern.graph/9", "format \"tern.graph/9\"");
        damaged(graph, "\\\"layer\\\":\\\"relu\\\"", "\\\"layer\\\":\\\"rulu\\\"", "layer 'rulu' is not known");
        damaged(graph, "\\\"weight\\\":\\\"fc2.weight\\\"", "\\\"weight\\\":\\\"fc1.weight\\\"", "node 'fc2'");
        damaged(graph, "\\\"weight\\\":\\\"fc2.weight\\\"", "\\\"weight\\\":\\\"fc9.weight\\\"", "fc9.weight");
        damaged(
                graph,
                "\\\"inputs\\\":[\\\"relu1\\\"]",
                "\\\"inputs\\\":[\\\"relu2\\\"]",
                "'relu2' is not made before");
        damaged(graph, "\\\"shape\\\":[30]", "\\\"shape\\\":[31]", "node 'fc1'");
        damaged(graph, "\\\"outputs\\\":[\\\"fc2\\\"]", "\\\"outputs\\\":[\\\"fc3\\\"]", "'fc3'");
    }

    private void damaged(final Graph graph, final String from, final String to, final String said) throws IOException {
        final Path file = folder.resolve("damaged");
        ModelFile.write(graph, file);
        final String content = Files.readString(file, StandardCharsets.ISO_8859_1);
        assertTrue(content.contains(from), content);
        Files.writeString(file, content.replace(from, to), StandardCharsets.ISO_8859_1);
        final Exception e = assertThrows(MalformedFileException.class, () -> ModelFile.read(file));
        assertTrue(e.getMessage().contains(said), e.getMessage());
    }

    private void assertRoundTrip(final Graph graph) throws IOException {
        final Path file = folder.resolve("model.safetensors");
        ModelFile.write(graph, file);
        final Graph back = ModelFile.read(file);
        assertEquals(graph.name(), back.name());
        assertEquals(graph.inputs(), back.inputs());
        assertEquals(graph.nodes(), back.nodes());
        assertEquals(graph.outputs(), back.outputs());
        assertEquals(graph.metadata(), back.metadata());
        assertEquals(graph.parameters().keySet(), back.parameters().keySet());
        graph.parameters().forEach((name, parameter) -> {
            final Parameter other = back.parameters().get(name);
            assertEquals(parameter.quantization(), other.quantization(), name);
            assertEquals(parameter.tensor().shape(), other.tensor().shape(), name);
            assertArrayEquals(bytes(parameter), bytes(other), name);
        });
    }

    private static byte[] bytes(final Parameter parameter) {
        return parameter.tensor().segment().toArray(ValueLayout.JAVA_BYTE);
    }
}
