package dev.tern;

/** What an engine may do to choose a kernel. */
public enum Tuning {
    /** Takes measurements from the cache; where there are none, a cost model decides. Never stalls the program. */
    CACHED,
    /** Measures what the cache lacks, and adds it. */
    MEASURE,
    /** Measures even what the cache has. */
    REMEASURE,
    /** The cost model alone. */
    MODEL
}
