package dev.tern.nn.data;

/** Hears how far a fetch has come; called on the fetching thread. */
@FunctionalInterface
public interface FetchProgress {
    FetchProgress SILENT = (what, done, total) -> {};

    /** {@code total} is in bytes, like {@code done}, and -1 where nobody knows it. */
    void advance(String what, long done, long total);
}
