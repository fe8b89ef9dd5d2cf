package dev.tern.bench;

import java.util.List;

/**
 * One system at one problem. Components are the columns of the JSON, in snake case; DESIGN §6 names those that are
 * stable.
 *
 * @param shape {@code [batchx]MxNxK} of a product, {@code NxHxWxC-filters-window} of a convolution, {@code steps x
 *     batch x inputs-hidden} of a recurrent layer, without spaces
 * @param system the contestant, with a suffix where its ISA is clamped
 * @param backend one of Tern's, or {@code cpu}
 * @param kernel what the system says it chose
 * @param maxIsa where it was clamped; empty where it was not
 * @param turnsNs of one run: the median of each turn, in the order the turns were taken
 * @param medianNs the median of the turns
 * @param minNs of one run, the fastest batch
 * @param spread of the turns: (largest - smallest) / median
 * @param gops multiplications and additions over the median; this and what follows is null for a call that computes
 *     nothing
 * @param peakInstruction what the kernel is measured against; null where no native library measured it
 * @param peakGops that instruction's rate on all threads, the median of the turns
 * @param pctPeak of that rate, turn by turn; the median of the turns
 * @param itemsPerS rows of y, or images
 * @param bytesMoved each operand read once, the result written once
 * @param gigabytesPerS those bytes over the median
 * @param readGigabytesPerS what reading memory reached, mean of before and after
 * @param nearGigabytesPerS what reading as many bytes as b has reached again and again, the median of the turns
 * @param pctFloor of the nearer of two floors, the operations at the instruction's rate and the bytes at the near one,
 *     turn by turn; the median of the turns
 * @param drifted the peak moved by more than the bound, however often the block was repeated
 */
public record Row(
        String suite,
        String op,
        String shape,
        String type,
        int threads,
        String system,
        String backend,
        String kernel,
        String maxIsa,
        List<Double> turnsNs,
        double medianNs,
        double minNs,
        double spread,
        Double gops,
        String peakInstruction,
        Double peakGops,
        Double pctPeak,
        Double itemsPerS,
        Long bytesMoved,
        Double gigabytesPerS,
        Double readGigabytesPerS,
        Double nearGigabytesPerS,
        Double pctFloor,
        boolean drifted) {

    /** A call that computes nothing: only times. */
    static Row ofCall(
            final String suite,
            final String op,
            final int threads,
            final String kernel,
            final double medianNs,
            final double minNs,
            final double spread) {
        return new Row(
                suite, op, "", "", threads, "tern", "cpu", kernel, "", List.of(), medianNs, minNs, spread, null, null,
                null, null, null, null, null, null, null, null, false);
    }

    /**
     * How many times as fast as a peer, whose turns came just before and just after: the median of the turns' ratios,
     * which a machine that others slow down for a while leaves alone.
     */
    double ratioTo(final Row peer) {
        return Turns.median(turnsNs.size(), turn -> peer.turnsNs.get(turn) / turnsNs.get(turn));
    }

    /** Of the rate of reading as many bytes again and again; null where nobody measured it. */
    Double pctReading() {
        return nearGigabytesPerS == null ? null : 100 * bytesMoved / nearGigabytesPerS / medianNs;
    }

    /** Whether its bytes take longer than its operations, so that it is held to reading them. */
    boolean isBoundByMemory() {
        return pctFloor != null && bytesMoved / nearGigabytesPerS > gops * medianNs / peakGops;
    }

    /** What sparse kernels are compared with are our dense ones, and narrow weights with our wider ones. */
    boolean isTern() {
        return (system.equals("tern") || system.startsWith("tern-"))
                && !system.startsWith("tern-dense")
                && !system.equals("tern-wider");
    }
}
