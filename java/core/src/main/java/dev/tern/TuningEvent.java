package dev.tern;

import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/** A measurement of candidates. */
@Name("dev.tern.Tuning")
@Label("Kernel measurement")
@Category("Tern")
@StackTrace(false)
final class TuningEvent extends Event {
    @Label("Key")
    String key;

    @Label("Chosen")
    String chosen;

    @Label("Time to measure")
    @Timespan
    long nanos;

    static void emit(final String key, final String chosen, final long nanos) {
        final TuningEvent event = new TuningEvent();
        if (event.isEnabled()) {
            event.key = key;
            event.chosen = chosen;
            event.nanos = nanos;
            event.commit();
        }
    }
}
