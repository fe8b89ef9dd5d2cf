package dev.tern.bench;

/** Reads the rates of what a type's kernels are made of. */
interface PeakMeter {
    Peaks.Reading instructions(BenchType type);

    /** And of memory. */
    Peaks.Reading all(BenchType type);
}
