package dev.tern.nn;

/** Hears how a pass through a network goes, on the thread that runs it. */
public interface PassListener {
    PassListener SILENT = _ -> {};

    /** The value of that node is there, or its gradients are. */
    void nodeDone(String node);
}
