package dev.tern.model;

/** A function that a layer applies to its result before it is stored. */
public enum Activation {
    NONE,
    RELU
}
