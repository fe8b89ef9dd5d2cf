package dev.tern.nn;

/**
 * How a network takes part in something larger.
 *
 * @param accumulates whether a backward pass adds to the gradients by parameters, which somebody else clears
 * @param byInput whether it computes the gradient by its input, too
 * @param split which of its linear layers are parts of larger ones
 */
public record NetworkRole(boolean accumulates, boolean byInput, SplitLayers split) {
    /** Of one that is a whole model. */
    public static final NetworkRole WHOLE = new NetworkRole(false, false, SplitLayers.NONE);
}
