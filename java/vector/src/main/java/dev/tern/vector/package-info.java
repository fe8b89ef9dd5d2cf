/**
 * Kernels on {@code jdk.incubator.vector}.
 *
 * <p>The same code runs ten times slower once it has met a second kind of memory, so that vector code sees heap arrays
 * alone: {@link dev.tern.vector.Elements} and the two stores bring tensors of any kind there and back by bulk copies.
 */
package dev.tern.vector;
