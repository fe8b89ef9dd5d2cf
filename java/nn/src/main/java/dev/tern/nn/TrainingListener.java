package dev.tern.nn;

/** Hears how training goes, on the training thread; what it does there delays the next step. */
public interface TrainingListener {
    TrainingListener SILENT = new TrainingListener() {};

    /** After each step: how many of an epoch's samples have been seen, and the mean loss over them. */
    default void stepDone(final int epoch, final int samplesDone, final int samples, final double loss) {}

    default void epochDone(final EpochResult result) {}
}
