package dev.tern.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** The outputs and exit codes that other programs rely on. */
class CommandLineTest {
    @TempDir
    Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(final String... arguments) {
        final CommandLine command = TernCommand.commandLine();
        command.setOut(new PrintWriter(out));
        command.setErr(new PrintWriter(err));
        return command.execute(arguments);
    }

    private JsonNode json() throws IOException {
        return new ObjectMapper().readTree(out.toString());
    }

    @ParameterizedTest
    @CsvSource({
        "2, ''",
        "2, fly",
        "2, explain gemm",
        "2, explain gemm 3x4",
        "2, explain nonesuch",
        "2, explain conv2d 5x6",
        "2, explain conv2d 1x5x6x3 --window 3",
        "2, explain conv2d 1x5x6x3 --pass sideways",
        "0, explain conv2d 1x5x6x3 --types u8s8u8 --padding 1 --model-only",
        "0, explain conv2d 1x5x6x4 --filters 4 --groups 4 --pass backward_weights --model-only",
        "0, explain max-pool 2x6x6x3 --model-only",
        "0, explain reorder 2x6x6x3 --layouts nhwc-nchw --types f32u8u8 --model-only",
        "2, explain reorder 2x6x6x3 --layouts chwn-nhwc --model-only",
        "0, explain average-pool 2x6x6x3 --types u8u8u8 --model-only",
        "0, explain lstm 3x5x7 --model-only",
        "2, explain lstm 3x5",
        "2, explain lstm",
        "0, explain lstm-training 3x5x7 --model-only",
        "0, explain lstm-training 3x5x7 --pass backward --model-only",
        "2, explain lstm-training 3x5x7 --pass backward_data --model-only",
        "0, explain gemm 3x4x5 --batch 6 --unpacked --model-only",
        "0, explain gemm 3x4x5 --batch 6 --types u8s8s32 --model-only",
        "2, explain gemm 3x4x5 --batch -1",
        "2, explain gemm 3x4x5 --types f32u8f32",
        "2, explain gemm 3x4x5 --device cuda:7",
        "2, explain gemm 3x4x5 --max-isa sse9",
        "2, train mlp",
        "2, train mlp --data nothing",
        "2, train mlp --data mnist-sample --jitter 1",
        "2, train mlp --data mnist-sample --momentum 0.5",
        "2, train mlp --data mnist-sample --optimizer adagrad --nesterov",
        "2, train mlp --data mnist-sample --optimizer newton",
        "2, train mlp --data mnist-sample --clip -1",
        "2, train mlp --data mnist-sample --patience 0",
        "1, train mlp --data mnist-sample --resume nowhere.safetensors",
        "2, train mlp --data mnist-sample --data-parallel 0",
        "2, train mlp --data mnist-sample --compress-gradients int3",
        "2, train mlp --data mnist-sample --model-parallel 0",
        "2, train mlp --data mnist-sample --model-parallel 2 --split rows",
        "2, train mlp --data mnist-sample --model-parallel 2 --micro-batches 0",
        "2, eval nowhere.safetensors --data mnist-sample",
        "2, probe --require=warp-drive",
        "3, probe --require=tpu",
        "0, --help",
        "0, train --help",
        "0, probe --require=scalar"
    })
    void shouldExitWith(final int code, final String arguments) {
        final String[] words = arguments.isEmpty() ? new String[0] : arguments.split(" ");
        assertEquals(code, run(words), () -> out + "\n" + err);
    }

    @Test
    void shouldNameWhatCameAndWhatIsAllowed() {
        run("explain", "gemm", "3x4");
        assertTrue(err.toString().contains("got 3x4, allowed: MxNxK"), err.toString());
    }

    @Test
    void shouldExplainInJson() throws IOException {
        assertEquals(0, run("explain", "gemm", "5x40x30", "--types", "u8s8u8", "--model-only", "--json"));
        final JsonNode operation = json().get("operations").get(0);
        assertEquals("gemm u8s8u8 nn n40 k30 beta0", operation.get("operation").asText());
        assertEquals("some", operation.get("rows").asText());
        assertEquals("chosen", operation.get("candidates").get(0).get("verdict").asText());
        assertTrue(operation.get("chosen").get("nanos").asDouble() > 0);
        final JsonNode last =
                operation.get("candidates").get(operation.get("candidates").size() - 1);
        assertEquals("refused", last.get("verdict").asText());
        assertTrue(last.get("nanos").isNull());
    }

    @Test
    void shouldExplainEveryLayerOfAModel() throws IOException {
        assertEquals(0, run("explain", "mlp", "--model-only", "--json"), err::toString);
        assertEquals(2 * 4, json().get("operations").size(), "layers by row classes");
    }

    @Test
    void shouldTrainSaveAndEvaluate() throws IOException {
        final String file = folder.resolve("mlp.safetensors").toString();
        assertEquals(
                0,
                run("train", "mlp", "--data", "mnist-sample", "--epochs", "2", "--save", file, "--json"),
                err::toString);
        final double trained = json().get("test_accuracy").asDouble();
        assertEquals(2, json().get("epochs").size());
        out.getBuffer().setLength(0);
        assertEquals(0, run("eval", file, "--data", "mnist-sample", "--json"), err::toString);
        assertEquals(trained, json().get("accuracy").asDouble());
        assertTrue(trained > 0.85, "accuracy " + trained);
    }

    /** Killed after its first epoch, as far as anyone can tell from the files. */
    @Test
    void shouldGoOnFromACheckpointAndDrawCurves() throws IOException {
        final String file = folder.resolve("mlp.safetensors").toString();
        final String first =
                "train mlp --data mnist-sample --epochs 2 --optimizer sgd --nesterov --patience 1 --seed 7";
        assertEquals(0, run((first + " --checkpoint " + file).split(" ")), err::toString);
        assertTrue(out.toString().contains("epoch  2: loss"), out.toString());
        final String accuracy = out.toString().lines().toList().getLast();
        out.getBuffer().setLength(0);
        assertEquals(0, run((first + " --resume " + file).split(" ")), err::toString);
        assertEquals(List.of(accuracy), out.toString().lines().toList(), "nothing is left to train");
        assertTrue(Files.readString(Path.of(file + ".svg")).contains("<svg"));
        assertEquals(900, ImageIO.read(Path.of(file + ".png").toFile()).getWidth());
        err.getBuffer().setLength(0);
        assertEquals(2, run((first + " --batch 32 --resume " + file).split(" ")));
        assertEquals(
                List.of("tern: batch: got 32, allowed: 64, with which the checkpoint was made"),
                err.toString().lines().toList());
    }

    @Test
    void shouldEvaluateAsItWasTrained() throws IOException {
        final String file = folder.resolve("mlp.safetensors").toString();
        final String[] train = "train mlp --data mnist-sample --epochs 1 --jitter 0.1 --normalize --json".split(" ");
        final List<String> words = new ArrayList<>(List.of(train));
        words.addAll(List.of("--save", file));
        assertEquals(0, run(words.toArray(String[]::new)), err::toString);
        final double trained = json().get("test_accuracy").asDouble();
        out.getBuffer().setLength(0);
        assertEquals(0, run("eval", file, "--data", "mnist-sample", "--json"), err::toString);
        assertEquals(trained, json().get("accuracy").asDouble());
    }

    @Test
    void shouldTrainByReplicas() throws IOException {
        final String file = folder.resolve("replicas.safetensors").toString();
        final String command = "train mlp --data mnist-sample --epochs 2 --data-parallel 2 --compress-gradients int8";
        assertEquals(0, run((command + " --json --checkpoint " + file).split(" ")), err::toString);
        assertEquals(2, json().get("epochs").size());
        assertTrue(json().get("test_accuracy").asDouble() > 0.85, out.toString());
        out.getBuffer().setLength(0);
        assertEquals(0, run("eval", file, "--data", "mnist-sample", "--json"), err::toString);
    }

    @ParameterizedTest
    @ValueSource(strings = {"stages", "linears"})
    void shouldTrainAModelInParts(final String split) throws IOException {
        final String command = "train mlp --data mnist-sample --epochs 2 --json --model-parallel 2 --split " + split;
        assertEquals(0, run(command.split(" ")), err::toString);
        assertTrue(json().get("test_accuracy").asDouble() > 0.85, out.toString());
    }

    @Test
    void shouldReportAFailureInOneLine() {
        assertEquals(2, run("train", "mlp", "--data", "mnist-sample", "--epochs", "0"));
        assertEquals(
                List.of("tern: epochs: got 0, allowed: at least 1"),
                err.toString().lines().toList());
    }
}
