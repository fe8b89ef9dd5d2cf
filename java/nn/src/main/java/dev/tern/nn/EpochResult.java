package dev.tern.nn;

/**
 * One pass over the training samples, counted from 1.
 *
 * @param loss the mean over the steps of the epoch, each before its update
 * @param accuracy likewise
 * @param validation on the samples held back; null where none were
 * @param seconds without validation
 */
public record EpochResult(
        int epoch, double loss, double accuracy, Evaluation validation, double seconds, double samplesPerSecond) {}
