package dev.tern;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingStream;
import org.junit.jupiter.api.Test;

class TransfersTest {
    private static final Device GPU = new Device("opencl:gpu:0", "some GPU", Device.Kind.GPU);

    @Test
    void shouldCountEachKindOfCopyByItself() {
        final Transfers transfers = new Transfers();
        transfers.countToDevice(GPU, 1);
        transfers.countToHost(GPU, 2);
        transfers.countToHost(GPU, 3);
        transfers.countStaged(4);
        assertEquals("1 2 1", transfers.toDevice() + " " + transfers.toHost() + " " + transfers.staged());
    }

    @Test
    void shouldRecordEachCopyWithItsEndsAndBytes() throws InterruptedException {
        final List<String> copies = Collections.synchronizedList(new ArrayList<>());
        try (RecordingStream stream = new RecordingStream()) {
            stream.enable("dev.tern.Copy");
            stream.onEvent("dev.tern.Copy", event -> copies.add(describe(event)));
            stream.startAsync();
            final Transfers transfers = new Transfers();
            transfers.countToDevice(GPU, 64);
            transfers.countToHost(GPU, 128);
            transfers.countStaged(256);
            assertTrue(stream.stop(), "the stream was running");
            stream.awaitTermination(Duration.ofSeconds(30));
        }
        assertEquals(List.of("cpu > opencl:gpu:0: 64", "opencl:gpu:0 > cpu: 128", "cpu > cpu: 256"), copies);
    }

    private static String describe(final RecordedEvent event) {
        return event.getString("from") + " > " + event.getString("to") + ": " + event.getLong("bytes");
    }
}
