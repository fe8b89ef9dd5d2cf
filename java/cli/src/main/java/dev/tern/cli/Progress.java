package dev.tern.cli;

import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Bars on stderr, where somebody is there to see them. */
public final class Progress {
    private static final int REDRAW_MILLIS = 100;

    private Progress() {}

    /** A bar towards {@code total} steps; a silent one where stderr is not a terminal. */
    public static ProgressBar bar(final String task, final long total) {
        final ProgressBarBuilder builder = ProgressBar.builder()
                .setTaskName(task)
                .setInitialMax(total)
                .setUpdateIntervalMillis(REDRAW_MILLIS)
                .setStyle(ProgressBarStyle.ASCII);
        return isTerminal()
                ? builder.setConsumer(new ConsoleProgressBarConsumer(System.err))
                        .build()
                : builder.setConsumer(new SilentConsumer()).build();
    }

    static boolean isTerminal() {
        return System.console() != null && System.console().isTerminal();
    }

    /** Draws nothing. */
    private static final class SilentConsumer implements me.tongfei.progressbar.ProgressBarConsumer {
        @Override
        public int getMaxRenderedLength() {
            return 0;
        }

        @Override
        public void accept(final String rendered) {}

        @Override
        public void close() {}
    }
}
