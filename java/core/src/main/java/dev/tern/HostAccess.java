package dev.tern;

/** Whether the threads of an engine may touch a tensor's memory. */
final class HostAccess {
    private HostAccess() {}

    static void check(final Tensor tensor, final String name, final int threads) {
        if (tensor == null || !tensor.device().isHost()) {
            return;
        }
        final var segment = tensor.segment();
        if (!segment.scope().isAlive()) {
            throw new IllegalStateException(name + ": its arena is closed");
        }
        if (!segment.isAccessibleBy(Thread.currentThread()) || threads > 1 && segment.isAccessibleBy(OTHER) == false) {
            throw Require.refuse(
                    name, "memory of a confined arena", "a shared, automatic or global arena, or a heap array");
        }
    }

    private static final Thread OTHER = Thread.ofPlatform().unstarted(() -> {});
}
