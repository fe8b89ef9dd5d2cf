package dev.tern.bench.peers;

import static dev.tern.bench.peers.OneDnnLibrary.call;
import static dev.tern.bench.peers.OneDnnLibrary.create;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.tern.bench.ConvCase;
import dev.tern.bench.ConvType;
import dev.tern.bench.GemmType;
import dev.tern.bench.Inputs;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Makes a direct convolution on NHWC images, with its ReLU and scales as attributes. */
final class OneDnnConvolution {

    private static final MemorySegment NONE = MemorySegment.NULL;

    private OneDnnConvolution() {}

    static OneDnnPrimitive of(
            final MemorySegment engine, final MemorySegment stream, final ConvCase conv, final Inputs inputs) {
        final ConvType type = conv.type();
        final long[] weightExtents = weightExtents(conv);
        try (OneDnnLayout x = images(type.a(), conv.images(), conv.channels(), conv.height(), conv.width());
                OneDnnLayout weights = OneDnnLayout.of(type.b(), weightExtents, weightStrides(conv));
                OneDnnLayout any = OneDnnLayout.any(type.b(), weightExtents);
                OneDnnLayout y =
                        images(type.y(), conv.images(), conv.filters(), conv.outputHeight(), conv.outputWidth())) {
            final MemorySegment description = describe(engine, conv, x, any, y);
            final OneDnnPrimitive primitive = new OneDnnPrimitive(engine, stream, description, conv.bytesY());
            primitive.bind(OneDnnLibrary.SRC, x, inputs.a());
            primitive.bindReordered(weights, inputs.b());
            primitive.bindOutput(y);
            if (type.isInteger()) {
                bindScales(primitive, conv);
            }
            return primitive;
        }
    }

    private static MemorySegment describe(
            final MemorySegment engine,
            final ConvCase conv,
            final OneDnnLayout x,
            final OneDnnLayout weights,
            final OneDnnLayout y) {
        final MemorySegment attributes = attributes(conv);
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment padding = pair(arena, conv.padding());
            return create(
                    OneDnnLibrary.CONVOLUTION_DESCRIBE,
                    engine,
                    OneDnnLibrary.FORWARD_INFERENCE,
                    OneDnnLibrary.DIRECT,
                    x.handle(),
                    weights.handle(),
                    NONE,
                    y.handle(),
                    pair(arena, conv.stride()),
                    pair(arena, 0), // positions that a dilation leaves out
                    padding,
                    padding,
                    attributes);
        } finally {
            call(OneDnnLibrary.ATTRIBUTES_DESTROY, attributes);
        }
    }

    private static MemorySegment pair(final Arena arena, final long both) {
        return arena.allocateFrom(JAVA_LONG, both, both);
    }

    private static MemorySegment attributes(final ConvCase conv) {
        final MemorySegment attributes = create(OneDnnLibrary.ATTRIBUTES_CREATE);
        final MemorySegment postOps = create(OneDnnLibrary.POST_OPS_CREATE);
        call(OneDnnLibrary.POST_OPS_APPEND_ELTWISE, postOps, OneDnnLibrary.RELU, 0f, 0f);
        call(OneDnnLibrary.ATTRIBUTES_SET_POST_OPS, attributes, postOps);
        call(OneDnnLibrary.POST_OPS_DESTROY, postOps);
        if (conv.type().isInteger()) {
            final int filters = conv.groups() > 1 ? 0b11 : 0b1; // the outermost extents of the weights
            call(OneDnnLibrary.ATTRIBUTES_SET_SCALES, attributes, OneDnnLibrary.WEIGHTS, filters);
            call(OneDnnLibrary.ATTRIBUTES_SET_SCALES, attributes, OneDnnLibrary.DST, 0);
        }
        return attributes;
    }

    private static void bindScales(final OneDnnPrimitive primitive, final ConvCase conv) {
        final long[] one = {1};
        try (OneDnnLayout filters = OneDnnLayout.of(GemmType.Element.F32, new long[] {conv.filters()}, one);
                OneDnnLayout single = OneDnnLayout.of(GemmType.Element.F32, one, one)) {
            primitive.bindFloats(OneDnnLibrary.SCALES + OneDnnLibrary.WEIGHTS, filters, conv.weightScales());
            primitive.bindFloats(OneDnnLibrary.SCALES + OneDnnLibrary.DST, single, conv.scaleY());
        }
    }

    /** Extents in oneDNN's order are NCHW, wherever the elements are. */
    private static OneDnnLayout images(
            final GemmType.Element element,
            final long images,
            final long channels,
            final long height,
            final long width) {
        return OneDnnLayout.of(element, new long[] {images, channels, height, width}, new long[] {
            height * width * channels, 1, width * channels, channels
        });
    }

    private static long[] weightExtents(final ConvCase conv) {
        final long groups = conv.groups();
        final long filters = conv.filters() / groups;
        final long channels = conv.channels() / groups;
        return groups > 1
                ? new long[] {groups, filters, channels, conv.kernel(), conv.kernel()}
                : new long[] {filters, channels, conv.kernel(), conv.kernel()};
    }

    /** Of filters that are [kernel, kernel, channels]. */
    private static long[] weightStrides(final ConvCase conv) {
        final long channels = conv.channels() / conv.groups();
        final long line = conv.kernel() * channels;
        final long filter = conv.kernel() * line;
        return conv.groups() > 1
                ? new long[] {conv.filters() / conv.groups() * filter, filter, 1, line, channels}
                : new long[] {filter, 1, line, channels};
    }
}
