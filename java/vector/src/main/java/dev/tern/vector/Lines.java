package dev.tern.vector;

import dev.tern.Tensor;
import dev.tern.Workspace;

/** Where the lines of an operand are: rows of a matrix, or the {@link Patches} of images. */
interface Lines {
    /** Brings the elements {@code [first, first + count)} of a line to an array. */
    <T> void read(
            Elements<T> elements, Tensor from, long line, int first, int count, T to, int at, Workspace workspace);
}
