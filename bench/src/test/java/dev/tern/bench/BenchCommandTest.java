package dev.tern.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class BenchCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({"--shape,3x4", "--shape,axbxc", "--type,f64", "--system,mkl"})
    void shouldCallAMisspeltArgumentBadUsage(final String option, final String value) {
        assertEquals(2, run("gemm", option, value));
        assertTrue(err.toString().contains(value), err.toString());
    }

    @Test
    void shouldMeasureOneSystemAtOneShape() throws Exception {
        final Path json = folder.resolve("gemm.json");
        final int status = run(
                "gemm",
                "--smoke",
                "--system",
                "tern:native",
                "--type",
                "u8s8s32",
                "--shape",
                "17x33x65",
                "--threads",
                "1",
                "--json",
                json.toString());
        final Results results = Results.read(json);
        assertEquals(results.failures().isEmpty() ? 0 : 1, status);
        assertEquals(1, results.rows().size() + results.failures().size());
        assertTrue(Files.readString(json).contains("\"hardware_key\""));
        assertTrue(out.toString().contains(results.rows().size() + " times"), out.toString());
    }

    @Test
    void shouldTellWhereTheTimeOfAStepGoes() {
        assertEquals(0, run("step", "lenet-300-100", "--batch", "8"), err::toString);
        final List<String> parts = out.toString()
                .lines()
                .skip(1)
                .map(line -> line.substring(0, 24).strip())
                .toList();
        assertEquals(
                List.of(
                        "load",
                        "fc1, forward",
                        "fc2, forward",
                        "fc3, forward",
                        "loss",
                        "fc3, backward",
                        "fc2, backward",
                        "fc1, backward",
                        "optimizer",
                        "all",
                        "load, loss, optimizer"),
                parts);
    }

    private int run(final String... arguments) {
        final CommandLine command = BenchCommand.commandLine();
        command.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
        return command.execute(arguments);
    }
}
