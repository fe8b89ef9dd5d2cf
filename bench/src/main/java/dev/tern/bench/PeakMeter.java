package dev.tern.bench;

/** Reads the rates of what a type's kernels are made of. */
interface PeakMeter {
    /** Of its instructions, and of reading so many bytes from wherever they stay between two runs. */
    Peaks.Reading near(BenchType type, long bytes);

    /** Of its instructions, and of reading memory. */
    Peaks.Reading all(BenchType type);
}
