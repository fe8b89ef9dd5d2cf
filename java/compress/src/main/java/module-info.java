/** Compression of the models of {@code dev.tern.model}: graph to graph. */
module dev.tern.compress {
    exports dev.tern.compress;

    requires transitive dev.tern.nn;
}
