package dev.tern.vector;

import static dev.tern.vector.VectorWidth.BYTES;
import static dev.tern.vector.VectorWidth.FLOATS;
import static dev.tern.vector.VectorWidth.LANES;
import static jdk.incubator.vector.VectorOperators.F2B;

import dev.tern.Lstm;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;

/**
 * The kernel {@code lstm_gates_f32_vector<bits>}: one row of the batch, in phases over whole vectors.
 *
 * <pre>
 * formula    c = sigmoid(z_f) * c + sigmoid(z_i) * tanh(z_g);  h = sigmoid(z_o) * tanh(c);  z with its bias
 * layout     z [4][hidden], in the order i, f, g, o; gates [4][pitch] i, f, o, g; c and h [pitch], whole vectors
 * registers  at most 3 of a phase, and those of {@link Activations}
 * overflow   |h| is at most 1; a NaN in z stays in its cell
 * reads      up to a vector past the last cell of each part of z and of the bias: the next part, or slack
 * target     as FloatTiles
 * truth      ReferenceLstm      test  LstmDifferentialTest      bench  lstm
 * </pre>
 *
 * <p>The phases are called one by one, through an interface that has too many implementations to be inlined. In one
 * body they outgrow the compiler's limits, and the vectors of the last ones become objects: 3.8 KB for each row of 128
 * cells, measured.
 */
final class LstmGates {
    /** 1.5 * 2^23: added to a float of small size, it rounds to even. */
    private static final float ROUNDER = 3 << 22;

    /** The parts of gates: those that are sigmoids side by side. */
    private static final int INPUT = 0;

    private static final int FORGET = 1;
    private static final int OUTPUT = 2;
    private static final int CANDIDATE = 3;
    private static final int[] PARTS = {0, 1, 3, 2}; // of z

    private static final Phase[] PHASES = {
        LstmGates::addBias, LstmGates::openGates, LstmGates::propose, LstmGates::renewCells, LstmGates::showCells
    };

    private final int hidden;
    private final int pitch;
    private final float[] bias;
    private final float[] gates;
    private float[] z;
    private int zAt;
    private float[] c;
    private float[] h;
    private int at;

    private interface Phase {
        void run(LstmGates row);
    }

    /** @param bias with a vector of slack */
    LstmGates(final int hidden, final int pitch, final float[] bias) {
        this.hidden = hidden;
        this.pitch = pitch;
        this.bias = bias;
        gates = new float[4 * pitch];
    }

    /** One step of the row whose sums, and whose c and h, begin at these indices. */
    void step(final float[] sums, final int sumsAt, final float[] cells, final float[] outputs, final int stateAt) {
        z = sums;
        zAt = sumsAt;
        c = cells;
        h = outputs;
        at = stateAt;
        for (final Phase phase : PHASES) {
            phase.run(this);
        }
    }

    /** Those of the row that was last, without gaps and in the order of z. */
    void gates(final float[] to, final int first) {
        for (int part = 0; part < PARTS.length; part++) {
            System.arraycopy(gates, part * pitch, to, first + PARTS[part] * hidden, hidden);
        }
    }

    private void addBias() {
        for (int part = 0; part < PARTS.length; part++) {
            final int from = PARTS[part] * hidden;
            for (int i = 0; i < hidden; i += LANES) {
                final FloatVector value = FloatVector.fromArray(FLOATS, bias, from + i);
                FloatVector.fromArray(FLOATS, z, zAt + from + i).add(value).intoArray(gates, part * pitch + i);
            }
        }
    }

    private void openGates() {
        Activations.sigmoid(gates, 0, CANDIDATE * pitch);
    }

    private void propose() {
        Activations.tanh(gates, CANDIDATE * pitch, gates.length);
    }

    /** The new c, in h as well. */
    private void renewCells() {
        for (int i = 0; i < pitch; i += LANES) {
            final FloatVector kept = FloatVector.fromArray(FLOATS, gates, FORGET * pitch + i)
                    .mul(FloatVector.fromArray(FLOATS, c, at + i));
            final FloatVector added = FloatVector.fromArray(FLOATS, gates, INPUT * pitch + i)
                    .mul(FloatVector.fromArray(FLOATS, gates, CANDIDATE * pitch + i));
            final FloatVector next = kept.add(added);
            next.intoArray(c, at + i);
            next.intoArray(h, at + i);
        }
    }

    private void showCells() {
        Activations.tanh(h, at, at + pitch);
        for (int i = 0; i < pitch; i += LANES) {
            final FloatVector output = FloatVector.fromArray(FLOATS, gates, OUTPUT * pitch + i);
            output.mul(FloatVector.fromArray(FLOATS, h, at + i)).intoArray(h, at + i);
        }
    }

    /** {@code rint(127 h)}, for h that may come from outside and be larger than 1. */
    static void quantize(final float[] h, final int count, final byte[] to) {
        for (int i = 0; i < count; i += LANES) {
            final FloatVector steps = FloatVector.fromArray(FLOATS, h, i).mul(Lstm.H_STEPS);
            final FloatVector q =
                    steps.max(-Lstm.H_STEPS).min(Lstm.H_STEPS).add(ROUNDER).sub(ROUNDER);
            ((ByteVector) q.convertShape(F2B, BYTES, 0)).intoArray(to, i);
        }
    }
}
