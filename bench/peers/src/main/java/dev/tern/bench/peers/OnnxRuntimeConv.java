package dev.tern.bench.peers;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.tern.bench.ConvCase;
import dev.tern.bench.GemmType.Element;
import dev.tern.bench.Inputs;
import dev.tern.bench.Prepared;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** ONNX's images are NCHW: transposed before and after what is timed. What the runtime transposes inside is its own. */
final class OnnxRuntimeConv implements Prepared {

    private final Arena arena = Arena.ofShared();
    private final ConvCase conv;
    private final OnnxRuntimeModel model;

    OnnxRuntimeConv(
            final OrtEnvironment environment,
            final OrtSession.SessionOptions options,
            final ConvCase conv,
            final Inputs inputs)
            throws OrtException {
        this.conv = conv;
        final Element weight = conv.type().b();
        final int taps = conv.kernel() * conv.kernel();
        final MemorySegment weights =
                transposed(inputs.b(), weight, conv.filters(), taps, conv.channels() / conv.groups());
        final MemorySegment x =
                transposed(inputs.a(), conv.type().a(), conv.images(), conv.height() * conv.width(), conv.channels());
        this.model = new OnnxRuntimeModel(
                        environment,
                        options,
                        OnnxModel.of(conv, weights),
                        OnnxModel.operator(conv.type()),
                        conv,
                        OnnxModel.extentsY(conv))
                .input("x", x, OnnxModel.extentsX(conv), conv.type().a());
    }

    @Override
    public String kernel() {
        return model.kernel();
    }

    @Override
    public void run() {
        model.run();
    }

    @Override
    public MemorySegment output() {
        final int positions = conv.outputHeight() * conv.outputWidth();
        return transposed(model.output(), conv.type().y(), conv.images(), conv.filters(), positions);
    }

    @Override
    public void close() {
        model.close();
        arena.close();
    }

    /** Of {@code count} matrices one after the other. */
    private MemorySegment transposed(
            final MemorySegment from, final Element element, final int count, final int rows, final int columns) {
        final int bytes = element.bits() / Byte.SIZE;
        final MemorySegment to = arena.allocate(from.byteSize(), 64);
        for (int i = 0; i < count; i++) {
            final long first = (long) i * rows * columns;
            for (int row = 0; row < rows; row++) {
                for (int column = 0; column < columns; column++) {
                    final long source = first + (long) row * columns + column;
                    final long target = first + (long) column * rows + row;
                    MemorySegment.copy(from, source * bytes, to, target * bytes, bytes);
                }
            }
        }
        return to;
    }
}
