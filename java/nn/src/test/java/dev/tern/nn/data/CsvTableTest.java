package dev.tern.nn.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.DataType;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CsvTableTest {
    @Test
    void shouldReadNumbersAndLabels() throws IOException {
        final CsvTable table = read("width,label,\"height, m\"\n1.5, 2 ,-3e2\r\n\n\"4\",0,.5\n");
        assertEquals(List.of("width", "label", "height, m"), table.columns());
        final Samples samples = table.samples();
        assertEquals(new ImageFormat(1, 1, 2), samples.format());
        assertEquals(DataType.F32, samples.type());
        assertArrayEquals(new float[] {1.5f, -300, 4, 0.5f}, samples.reals(0, 2));
        assertEquals(2, samples.label(0));
        assertEquals(0, samples.label(1));
    }

    @Test
    void shouldReadManyRows() throws IOException {
        final StringBuilder text = new StringBuilder("label,a,b,c\n");
        for (int i = 0; i < 3000; i++) {
            text.append(i % 256).append(',').append(i).append(',').append(-i).append(",1\n");
        }
        final Samples samples = read(text.toString()).samples();
        assertEquals(3000, samples.size());
        for (int i = 0; i < 3000; i++) {
            assertEquals(i % 256, samples.label(i));
            assertArrayEquals(new float[] {i, -i, 1}, samples.reals(i, 1));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'a,label\n1,2\nx,1'|line 3: column 1 (a): 'x' is no finite number",
                "'a,label\n1,2\n\n,1'|line 4: column 1 (a): '' is no finite number",
                "'a,label\nNaN,2'|line 2: column 1 (a): 'NaN' is no finite number",
                "'a,label\n1,cat'|line 2: column 2 (label): 'cat' is no finite number",
                "'a,label\n1,1.5'|line 2: column 2 (label): '1.5' is no whole number from 0 to 255",
                "'a,label\n1,256'|line 2: column 2 (label): '256' is no whole number from 0 to 255",
                "'a,label\n1,-1'|line 2: column 2 (label): '-1' is no whole number from 0 to 255",
                "'a,label\n1,1\n1'|line 3: 1 columns, where line 1 has 2",
                "'a,label\n1,1,7'|line 2: 3 columns, where line 1 has 2",
                "'a,b\n1,1'|line 1: columns [a, b]; one has to be named label",
                "'label\n1'|line 1: columns [label]; one has to be named label, and others hold numbers",
                "''|line 1: columns []; one has to be named label",
            })
    void shouldSayWhereItIsBroken(final String text, final String said) {
        final IOException e = assertThrows(IOException.class, () -> read(text));
        assertTrue(e.getMessage().startsWith("here.csv: " + said), e.getMessage());
    }

    @Test
    void shouldRefuseAnOpenQuote() {
        final IOException e = assertThrows(IOException.class, () -> read("a,label\n1,2\n\"3,1\n"));
        assertTrue(e.getMessage().startsWith("here.csv: line "), e.getMessage());
    }

    @Test
    void shouldMakeADataSetOfTwoFiles(@TempDir final Path folder) throws IOException {
        Files.writeString(folder.resolve("train.csv"), "a,b,label\n1,2,0\n3,4,1\n5,6,2\n");
        Files.writeString(folder.resolve("test.csv"), "a,b,label\n1,2,1\n");
        final DataSet set = DataSet.read(folder);
        assertEquals(3, set.classes());
        assertEquals(3, set.train().size());
        Files.writeString(folder.resolve("test.csv"), "b,a,label\n1,2,1\n");
        final IOException e = assertThrows(IOException.class, () -> DataSet.read(folder));
        assertTrue(e.getMessage().contains("columns [b, a, label], where training has [a, b, label]"), e.getMessage());
    }

    private static CsvTable read(final String text) throws IOException {
        return CsvTable.read("here.csv", new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
    }
}
