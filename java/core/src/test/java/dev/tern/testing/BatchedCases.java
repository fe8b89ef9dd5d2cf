package dev.tern.testing;

import java.util.ArrayList;
import java.util.List;

/** Batches of the cases that a GEMM has to pass. */
public final class BatchedCases {
    private static final int EVERY = 7; // kernels pass all of them one by one; coprime to the number of cases of a size

    private static final int[] BATCHES = {2, 3, 1, 5, 0, 4};

    private BatchedCases() {}

    /** With operands of their own, or one for all, in turn. */
    public static List<BatchedCase> of(final List<GemmCase> cases) {
        final List<BatchedCase> batched = new ArrayList<>();
        for (int i = 0; i < cases.size(); i += EVERY) {
            final int turn = i / EVERY;
            final int sharing = turn % 5; // a fifth each: one a, one b, both
            batched.add(new BatchedCase(
                    cases.get(i), BATCHES[turn % BATCHES.length], sharing == 1 || sharing == 3, sharing >= 3));
        }
        return batched;
    }

    /** The same with a matrix of weights for each. */
    public static List<BatchedCase> packed(final List<GemmCase> cases) {
        return of(cases).stream()
                .map(test -> new BatchedCase(test.one(), test.batch(), test.sharesA(), false))
                .toList();
    }
}
