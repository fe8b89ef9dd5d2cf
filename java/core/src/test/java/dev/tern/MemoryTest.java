package dev.tern;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class MemoryTest {
    @Property(seed = "1")
    void shouldGiveAlignedBlocksThatWasteAtMostAQuarterAndALine(@ForAll @LongRange(max = 2_000_000) final long bytes) {
        try (Memory memory = new Memory()) {
            final MemorySegment block = memory.allocate(bytes);
            assertEquals(0, block.address() % 64);
            assertTrue(block.byteSize() >= bytes);
            assertTrue(block.byteSize() <= bytes + bytes / 4 + 64, block.byteSize() + " for " + bytes);
        }
    }

    @Test
    void shouldGiveReleasedBlocksAgain() {
        try (Memory memory = new Memory()) {
            final MemorySegment first = memory.allocate(1000);
            memory.release(first);
            assertEquals(0, memory.bytesInUse());
            assertEquals(first.address(), memory.allocate(1000).address());
        }
    }

    @Test
    void shouldReturnLargeBlocksToTheSystem() {
        try (Memory memory = new Memory()) {
            final MemorySegment block = memory.allocate(10_000_000);
            memory.release(block);
            assertThrows(IllegalStateException.class, () -> block.fill((byte) 0));
        }
    }

    @Test
    void shouldRefuseToServeOnceClosed() {
        final Memory memory = new Memory();
        memory.close();
        assertThrows(IllegalStateException.class, () -> memory.allocate(1));
    }
}
