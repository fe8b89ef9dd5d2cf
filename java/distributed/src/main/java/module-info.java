/** Ranks that train one model together. */
module dev.tern.distributed {
    exports dev.tern.distributed;

    requires transitive dev.tern.nn;
}
