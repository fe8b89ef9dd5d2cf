/** The native backend: libtern, found and loaded once, and its C kernels behind the foreign function interface. */
package dev.tern.ffm;
