/** Kernels on the Vector API. Found as a service; exports nothing. */
module dev.tern.vector {
    requires dev.tern;
    requires jdk.incubator.vector;

    provides dev.tern.Backend with
            dev.tern.vector.VectorBackend;
}
