/** The immutable graph of typed operations with its tensors, what executes it, and how it is kept on disk. */
package dev.tern.model;
