package dev.tern.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class StepModelTest {
    /** 1 GB/s and 10 us a round. */
    private static final StepModel NETWORK = new StepModel(1e9, 1e-5);

    @Test
    void shouldCountRoundsOfHalvingAndDoubling() {
        assertEquals(0, StepModel.rounds(1));
        assertEquals(2, StepModel.rounds(2));
        assertEquals(4, StepModel.rounds(3));
        assertEquals(6, StepModel.rounds(8));
        assertEquals(18, StepModel.rounds(512));
    }

    /** Of 8 MB on 8 ranks 14 MB are sent, in 6 rounds. */
    @Test
    void shouldAddBytesAndRounds() {
        assertEquals(14e-3 + 6e-5, NETWORK.exchange(8, 8e6), 1e-12);
        assertEquals(0.1 / (0.1 + 14.06e-3), NETWORK.efficiency(8, 0.1, 8e6), 1e-12);
        assertEquals(1, NETWORK.efficiency(1, 0.1, 8e6));
    }

    @Test
    void shouldFindTheNetworkThatItsTimesCameFrom() {
        final StepModel fitted =
                StepModel.fit(4, 1000, NETWORK.exchange(4, 1000), 1 << 20, NETWORK.exchange(4, 1 << 20));
        assertEquals(1e9, fitted.bandwidth(), 1);
        assertEquals(1e-5, fitted.latency(), 1e-12);
    }
}
