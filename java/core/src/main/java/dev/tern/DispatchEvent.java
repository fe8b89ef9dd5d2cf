package dev.tern;

import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/** The choice of a kernel. */
@Name("dev.tern.Dispatch")
@Label("Kernel choice")
@Category("Tern")
@StackTrace(false)
final class DispatchEvent extends Event {
    @Label("Operation")
    String operation;

    @Label("Rows")
    String rows;

    @Label("Chosen")
    String chosen;

    @Label("Reason")
    String reason;

    @Label("Time to choose and prepare")
    @Timespan
    long nanos;

    static void emit(final Explanation explanation, final long nanos) {
        final DispatchEvent event = new DispatchEvent();
        if (event.isEnabled()) {
            event.operation = explanation.operation();
            event.rows = explanation.rows().word();
            event.chosen = explanation.chosen().id();
            event.reason = explanation.chosen().reason();
            event.nanos = nanos;
            event.commit();
        }
    }
}
