/** The runner that times Tern and its peers in turn, and the pages made of what it measured. */
package dev.tern.bench;
