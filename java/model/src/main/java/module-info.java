/** Models as data: the graph, its executor, and its form on disk. */
module dev.tern.model {
    exports dev.tern.model;

    requires transitive dev.tern;
    requires com.fasterxml.jackson.databind;
}
