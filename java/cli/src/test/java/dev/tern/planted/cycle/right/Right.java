package dev.tern.planted.cycle.right;

import dev.tern.planted.cycle.left.Left;

/** Half of a cycle, for the rules to find. */
public final class Right {
    public Left left;
}
