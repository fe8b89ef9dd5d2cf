/** Training: gradients on the graph of {@code dev.tern.model}, losses, optimizers, the training loop and evaluation. */
package dev.tern.nn;
