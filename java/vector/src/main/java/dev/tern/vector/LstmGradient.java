package dev.tern.vector;

import static dev.tern.vector.VectorWidth.FLOATS;
import static dev.tern.vector.VectorWidth.LANES;

import jdk.incubator.vector.FloatVector;

/**
 * The kernel {@code lstm_gradient_f32_vector<bits>}: one row of the batch, in phases over whole vectors, as
 * {@link LstmGates} and for its reason.
 *
 * <pre>
 * formula    dh = dy + later;  dc = dc + dh * o * (1 - tanh(c)^2);
 *            dz = dc * g * (i - i^2) | dc * c[t-1] * (f - f^2) | dc * i * (1 - g^2) | dh * tanh(c) * (o - o^2);
 *            dc = dc * f
 * layout     gates [4][pitch] i, f, g, o; dz [4][hidden], in the same order; all else [pitch], whole vectors
 * registers  at most 4 of a phase
 * overflow   as IEEE 754 has it; a NaN stays in its cell
 * reads      whole vectors; writes up to a vector past each part of dz: the next part, written later, or slack
 * target     as FloatTiles
 * truth      ReferenceLstmTraining      test  LstmTrainingDifferentialTest      bench  lstm
 * </pre>
 */
final class LstmGradient {
    private static final int INPUT = 0;
    private static final int FORGET = 1;
    private static final int CANDIDATE = 2;
    private static final int OUTPUT = 3;

    private static final Phase[] PHASES = {
        LstmGradient::addLater,
        LstmGradient::throughOutput,
        LstmGradient::byInput,
        LstmGradient::byForget,
        LstmGradient::byCandidate,
        LstmGradient::byOutput,
        LstmGradient::throughForget
    };

    private final int hidden;
    private final int pitch;
    private final float[] gates;
    private final float[] before;
    private final float[] shown;
    private final float[] dh;
    private float[] later;
    private float[] dc;
    private int at;
    private float[] dz;
    private int dzAt;

    private interface Phase {
        void run(LstmGradient row);
    }

    LstmGradient(final int hidden, final int pitch) {
        this.hidden = hidden;
        this.pitch = pitch;
        gates = new float[4 * pitch];
        before = new float[pitch];
        shown = new float[pitch];
        dh = new float[pitch];
    }

    /** For a row's gates, each part at its pitch. */
    float[] gates() {
        return gates;
    }

    /** For c of the step before. */
    float[] before() {
        return before;
    }

    /** For c, which becomes its tanh. */
    float[] shown() {
        return shown;
    }

    /** For dL/dy, which becomes dL/dh. */
    float[] dh() {
        return dh;
    }

    /**
     * One step of the row whose gradient by h, by way of later steps, and by c begin at an index; the latter becomes
     * that of the step before.
     */
    void step(final float[] byLater, final float[] byCells, final int stateAt, final float[] bySums, final int sumsAt) {
        later = byLater;
        dc = byCells;
        at = stateAt;
        dz = bySums;
        dzAt = sumsAt;
        for (final Phase phase : PHASES) {
            phase.run(this);
        }
    }

    private FloatVector gate(final int part, final int i) {
        return FloatVector.fromArray(FLOATS, gates, part * pitch + i);
    }

    private FloatVector dc(final int i) {
        return FloatVector.fromArray(FLOATS, dc, at + i);
    }

    private static FloatVector slopeOfTanh(final FloatVector value) {
        return FloatVector.broadcast(FLOATS, 1).sub(value.mul(value));
    }

    private static FloatVector slope(final FloatVector sigmoid) {
        return sigmoid.sub(sigmoid.mul(sigmoid));
    }

    private void addLater() {
        Activations.tanh(shown, 0, pitch);
        for (int i = 0; i < pitch; i += LANES) {
            final FloatVector dy = FloatVector.fromArray(FLOATS, dh, i);
            dy.add(FloatVector.fromArray(FLOATS, later, at + i)).intoArray(dh, i);
        }
    }

    private void throughOutput() {
        for (int i = 0; i < pitch; i += LANES) {
            final FloatVector slope = slopeOfTanh(FloatVector.fromArray(FLOATS, shown, i));
            final FloatVector byCell =
                    FloatVector.fromArray(FLOATS, dh, i).mul(gate(OUTPUT, i)).mul(slope);
            dc(i).add(byCell).intoArray(dc, at + i);
        }
    }

    private void byInput() {
        for (int i = 0; i < hidden; i += LANES) {
            final FloatVector slope = slope(gate(INPUT, i));
            dc(i).mul(gate(CANDIDATE, i)).mul(slope).intoArray(dz, dzAt + INPUT * hidden + i);
        }
    }

    private void byForget() {
        for (int i = 0; i < hidden; i += LANES) {
            final FloatVector slope = slope(gate(FORGET, i));
            final FloatVector cell = FloatVector.fromArray(FLOATS, before, i);
            dc(i).mul(cell).mul(slope).intoArray(dz, dzAt + FORGET * hidden + i);
        }
    }

    private void byCandidate() {
        for (int i = 0; i < hidden; i += LANES) {
            final FloatVector slope = slopeOfTanh(gate(CANDIDATE, i));
            dc(i).mul(gate(INPUT, i)).mul(slope).intoArray(dz, dzAt + CANDIDATE * hidden + i);
        }
    }

    private void byOutput() {
        for (int i = 0; i < hidden; i += LANES) {
            final FloatVector slope = slope(gate(OUTPUT, i));
            final FloatVector all = FloatVector.fromArray(FLOATS, dh, i);
            all.mul(FloatVector.fromArray(FLOATS, shown, i)).mul(slope).intoArray(dz, dzAt + OUTPUT * hidden + i);
        }
    }

    private void throughForget() {
        for (int i = 0; i < pitch; i += LANES) {
            dc(i).mul(gate(FORGET, i)).intoArray(dc, at + i);
        }
    }
}
