package dev.tern.distributed;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;

/** Messages from one rank of a process to another, matched in their order. Used under the group's lock. */
final class Mailbox {
    /** One end of a message; both are done when the bytes are over. */
    static final class End {
        private final MemorySegment memory;
        private boolean done;

        End(final MemorySegment memory) {
            this.memory = memory;
        }

        boolean isDone() {
            return done;
        }

        private void deliverTo(final End receiver) {
            if (memory.byteSize() != receiver.memory.byteSize()) {
                throw new CommunicatorException("a message of %d bytes meets a tensor of %d bytes"
                        .formatted(memory.byteSize(), receiver.memory.byteSize()));
            }
            receiver.memory.copyFrom(memory);
            done = true;
            receiver.done = true;
        }
    }

    private final Deque<End> sent = new ArrayDeque<>();
    private final Deque<End> awaited = new ArrayDeque<>();

    void send(final End sender) {
        if (awaited.isEmpty()) {
            sent.add(sender);
        } else {
            sender.deliverTo(awaited.remove());
        }
    }

    void receive(final End receiver) {
        if (sent.isEmpty()) {
            awaited.add(receiver);
        } else {
            sent.remove().deliverTo(receiver);
        }
    }
}
