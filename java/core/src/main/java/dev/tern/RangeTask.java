package dev.tern;

/** Work that can be cut into ranges, each run by one thread with a workspace of its own. */
public interface RangeTask {
    void run(long from, long to, Workspace workspace);
}
