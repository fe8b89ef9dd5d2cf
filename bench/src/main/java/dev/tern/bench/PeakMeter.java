package dev.tern.bench;

/** Reads the rates of what a type's kernels are made of. */
interface PeakMeter {
    Peaks.Reading instructions(GemmType type);

    /** And of memory. */
    Peaks.Reading all(GemmType type);
}
