package dev.tern;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A copy of tensor memory. */
@Name("dev.tern.Copy")
@Label("Tensor copy")
@Category("Tern")
@StackTrace(false)
final class CopyEvent extends Event {
    @Label("From")
    String from;

    @Label("To")
    String to;

    @Label("Bytes")
    @DataAmount
    long bytes;

    static void emit(final Device from, final Device to, final long bytes) {
        final CopyEvent event = new CopyEvent();
        if (event.isEnabled()) {
            event.from = from.name();
            event.to = to.name();
            event.bytes = bytes;
            event.commit();
        }
    }
}
