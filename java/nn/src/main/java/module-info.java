/** Training of the models of {@code dev.tern.model}, and the data for it. */
module dev.tern.nn {
    exports dev.tern.nn;
    exports dev.tern.nn.data;

    requires transitive dev.tern.model;
    requires java.net.http;
}
