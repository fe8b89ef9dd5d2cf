/** Data sets: the IDX format, where MNIST and Fashion-MNIST come from, and the sample that is always there. */
package dev.tern.nn.data;
