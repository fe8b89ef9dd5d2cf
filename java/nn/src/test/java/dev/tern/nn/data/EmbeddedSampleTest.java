package dev.tern.nn.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.lang.foreign.ValueLayout;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class EmbeddedSampleTest {
    private static final DataSet SAMPLE = EmbeddedSample.load();

    @Test
    void shouldHoldAsManyOfEachDigit() {
        for (int digit = 0; digit < 10; digit++) {
            assertEquals(SampleMaker.TRAIN_PER_CLASS, count(SAMPLE.train(), digit));
            assertEquals(SampleMaker.TEST_PER_CLASS, count(SAMPLE.test(), digit));
        }
    }

    @Test
    void shouldHoldImagesOf28By28() {
        assertEquals(new ImageFormat(28, 28, 1), SAMPLE.train().format());
    }

    @Test
    void shouldNameTheAuthors() {
        assertNotNull(EmbeddedSample.class.getResource("sample/ATTRIBUTION.txt"));
    }

    /** The maker's draw is a function of its input alone, and takes nothing twice. */
    @Test
    void shouldBeDrawnTheSameWayTwice() {
        final Samples first = SampleMaker.stratified(SAMPLE.train(), SAMPLE.classes(), 50);
        final Samples second = SampleMaker.stratified(SAMPLE.train(), SAMPLE.classes(), 50);
        assertEquals(500, first.size());
        assertArrayEquals(bytes(first), bytes(second));
        final Samples all = SampleMaker.stratified(SAMPLE.train(), SAMPLE.classes(), SampleMaker.TRAIN_PER_CLASS);
        assertArrayEquals(bytes(SAMPLE.train()), bytes(all));
    }

    private static byte[] bytes(final Samples samples) {
        return samples.pixels().toArray(ValueLayout.JAVA_BYTE);
    }

    private static long count(final Samples samples, final int digit) {
        return IntStream.range(0, samples.size())
                .filter(i -> samples.label(i) == digit)
                .count();
    }
}
