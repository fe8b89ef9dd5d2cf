/** Compression: each method maps a graph to a cheaper one that states the type of every value. */
package dev.tern.compress;
