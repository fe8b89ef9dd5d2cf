package dev.tern.bench.peers;

import dev.tern.bench.GemmType.Element;
import dev.tern.bench.Inputs;
import dev.tern.bench.LstmCase;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Makes a forward LSTM from a state of zeros; its order of gates is i, f, g, o, as that of the case. It insists on a
 * bias.
 */
final class OneDnnLstm {

    private static final MemorySegment NONE = MemorySegment.NULL;

    private OneDnnLstm() {}

    static OneDnnPrimitive of(
            final MemorySegment engine, final MemorySegment stream, final LstmCase lstm, final Inputs inputs) {
        try (Arena arena = Arena.ofConfined();
                OneDnnLayout x = sequence(lstm, lstm.inputs());
                OneDnnLayout y = sequence(lstm, lstm.hidden());
                OneDnnLayout input = weights(lstm, lstm.inputs());
                OneDnnLayout recurrent = weights(lstm, lstm.hidden());
                OneDnnLayout bias = bias(lstm.hidden());
                OneDnnLayout anyInput = OneDnnLayout.any(Element.F32, extents(lstm, lstm.inputs()));
                OneDnnLayout anyRecurrent = OneDnnLayout.any(Element.F32, extents(lstm, lstm.hidden()))) {
            final MemorySegment description = describe(engine, x, anyInput, anyRecurrent, bias, y);
            final OneDnnPrimitive primitive = new OneDnnPrimitive(engine, stream, description, lstm.bytesY());
            primitive.bind(OneDnnLibrary.SRC, x, inputs.a());
            primitive.bindReordered(OneDnnLibrary.WEIGHTS, input, lstm.inputWeights(inputs.b(), arena, 0, 1, 2, 3));
            primitive.bindReordered(
                    OneDnnLibrary.WEIGHTS_OF_STATE, recurrent, lstm.recurrentWeights(inputs.b(), arena, 0, 1, 2, 3));
            primitive.bindFloats(OneDnnLibrary.BIAS, bias, new float[LstmCase.GATES * lstm.hidden()]);
            primitive.bindOutput(y);
            return primitive;
        }
    }

    private static MemorySegment describe(
            final MemorySegment engine,
            final OneDnnLayout x,
            final OneDnnLayout input,
            final OneDnnLayout recurrent,
            final OneDnnLayout bias,
            final OneDnnLayout y) {
        return OneDnnLibrary.create(
                OneDnnLibrary.LSTM_DESCRIBE,
                engine,
                OneDnnLibrary.FORWARD_INFERENCE,
                OneDnnLibrary.LEFT_TO_RIGHT,
                x.handle(),
                NONE, // h before the first step
                NONE, // c before it
                input.handle(),
                recurrent.handle(),
                NONE, // of peepholes
                NONE, // of a projection
                bias.handle(),
                y.handle(),
                NONE, // h after the last step
                NONE, // c after it
                0,
                NONE);
    }

    private static OneDnnLayout sequence(final LstmCase lstm, final long features) {
        return OneDnnLayout.of(Element.F32, new long[] {lstm.steps(), lstm.batch(), features}, new long[] {
            lstm.batch() * features, features, 1
        });
    }

    private static OneDnnLayout bias(final long hidden) {
        final long all = LstmCase.GATES * hidden;
        return OneDnnLayout.of(
                Element.F32, new long[] {1, 1, LstmCase.GATES, hidden}, new long[] {all, all, hidden, 1});
    }

    /** Of rows [gates][hidden][terms]. */
    private static OneDnnLayout weights(final LstmCase lstm, final long terms) {
        final long gate = lstm.hidden() * terms;
        final long all = LstmCase.GATES * gate;
        return OneDnnLayout.of(Element.F32, extents(lstm, terms), new long[] {all, all, 1, gate, terms});
    }

    /** Layers, directions, terms, gates, hidden: oneDNN's order. */
    private static long[] extents(final LstmCase lstm, final long terms) {
        return new long[] {1, 1, terms, LstmCase.GATES, lstm.hidden()};
    }
}
