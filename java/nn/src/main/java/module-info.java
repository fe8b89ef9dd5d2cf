/** Training of the models of {@code dev.tern.model}, and the data for it. */
module dev.tern.nn {
    exports dev.tern.nn;
    exports dev.tern.nn.data;

    opens dev.tern.nn to
            com.fasterxml.jackson.databind;
    opens dev.tern.nn.data to
            com.fasterxml.jackson.databind;

    requires transitive dev.tern.model;
    requires com.fasterxml.jackson.databind;
    requires com.fasterxml.jackson.dataformat.csv;
    requires java.desktop; // reads PNG
    requires java.net.http;
}
