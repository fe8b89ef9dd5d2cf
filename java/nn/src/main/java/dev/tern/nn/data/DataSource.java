package dev.tern.nn.data;

import java.io.IOException;
import java.nio.file.Path;

/** A place that data comes from, asked for one data set at a time. */
interface DataSource {
    /** Puts the set's files, gzipped or not, into {@code into}; what it brings is verified by the caller. */
    void bring(DataDescription description, Path into, FetchProgress progress) throws IOException, InterruptedException;
}
