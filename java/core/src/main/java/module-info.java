/** Tensors, operations and the engine that runs them; needs nothing outside the JDK. */
module dev.tern {
    exports dev.tern;
    exports dev.tern.probe;
}
