/** Tensors, operations and the engine that runs them; needs nothing outside the JDK. */
module dev.tern {
    requires jdk.jfr;
    requires jdk.management;

    exports dev.tern;
    exports dev.tern.probe;

    uses dev.tern.Backend;

    provides dev.tern.Backend with
            dev.tern.ffm.NativeBackend,
            dev.tern.reference.ReferenceBackend;
}
