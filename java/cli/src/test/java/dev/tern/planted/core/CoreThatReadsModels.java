package dev.tern.planted.core;

import dev.tern.model.MalformedFileException;

/** A violation, for the rules to find. */
public final class CoreThatReadsModels {
    MalformedFileException knows;
}
