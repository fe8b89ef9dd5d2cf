package dev.tern.planted.cycle.left;

import dev.tern.planted.cycle.right.Right;

/** Half of a cycle, for the rules to find. */
public final class Left {
    public Right right;
}
