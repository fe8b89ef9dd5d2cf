/** Data sets: their formats, where the known ones come from, and the sample of MNIST that is always there. */
package dev.tern.nn.data;
