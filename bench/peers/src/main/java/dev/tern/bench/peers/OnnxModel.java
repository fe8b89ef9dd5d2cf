package dev.tern.bench.peers;

import ai.onnx.proto.OnnxMl.AttributeProto;
import dev.tern.bench.ConvCase;
import dev.tern.bench.ConvType;
import dev.tern.bench.GemmCase;
import dev.tern.bench.GemmType;
import dev.tern.bench.GemmType.Element;
import dev.tern.bench.Inputs;
import dev.tern.bench.LstmCase;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** The smallest ONNX models that compute a case; packed weights are an initializer, which the runtime prepacks. */
final class OnnxModel {

    static final String LSTM = "LSTM";

    private OnnxModel() {}

    static byte[] of(final GemmCase gemm, final Inputs inputs) {
        final GemmType type = gemm.type();
        final OnnxGraph graph =
                new OnnxGraph().input("a", extentsA(gemm), type.a()).output("y", extentsY(gemm), type.y());
        if (type.isPacked()) {
            graph.constant("b", extentsB(gemm), type.b(), inputs.b());
        } else {
            graph.input("b", extentsB(gemm), type.b());
        }
        return graph.node(operator(type), List.of("a", "b"), "y", attributes(type))
                .toBytes();
    }

    /**
     * Weights of few bits, which {@code MatMulNBits} reads as unsigned: the top bit of each is the other.
     *
     * @param accuracy {@link OnnxRuntime#ANY_ACCURACY} or {@link OnnxRuntime#BYTE_ACCURACY}
     */
    static byte[] ofGroups(final GemmCase gemm, final Inputs inputs, final long accuracy) {
        final GemmType type = gemm.type();
        final long bits = type.b().bits();
        final long blobBytes = bits * type.group() / Byte.SIZE;
        return new OnnxGraph()
                .input("a", extentsA(gemm), Element.F32)
                .output("y", extentsY(gemm), type.y())
                .constant("b", new long[] {gemm.n(), gemm.groups(), blobBytes}, Element.U8, blobs(gemm, inputs.b()))
                .constant("scales", scales(gemm))
                .runtimeNode(
                        operator(type),
                        List.of("a", "b", "scales"),
                        "y",
                        OnnxGraph.attribute("N", gemm.n()),
                        OnnxGraph.attribute("K", gemm.k()),
                        OnnxGraph.attribute("bits", bits),
                        OnnxGraph.attribute("block_size", type.group()),
                        OnnxGraph.attribute("accuracy_level", accuracy))
                .toBytes();
    }

    /** Columns of whole groups. */
    private static MemorySegment blobs(final GemmCase gemm, final MemorySegment weights) {
        final Element element = gemm.type().b();
        final int from = (int) element.bytes(gemm.k());
        final int to = (int) element.bytes((long) gemm.groups() * gemm.type().group());
        final byte[] blobs = new byte[gemm.n() * to];
        for (int column = 0; column < gemm.n(); column++) {
            for (int i = 0; i < from; i++) {
                final byte signed = weights.get(ValueLayout.JAVA_BYTE, (long) column * from + i);
                blobs[column * to + i] = (byte) (signed ^ topBits(element));
            }
        }
        return MemorySegment.ofArray(blobs);
    }

    /** Of all elements in a byte. */
    private static int topBits(final Element element) {
        return switch (element) {
            case S8 -> 0b1000_0000;
            case S4 -> 0b1000_1000;
            case S2 -> 0b1010_1010;
            default -> throw new IllegalArgumentException("element: got " + element + ", allowed: S8, S4, S2");
        };
    }

    private static float[] scales(final GemmCase gemm) {
        final float[] scales = new float[gemm.n() * gemm.groups()];
        for (int i = 0; i < scales.length; i++) {
            scales[i] = gemm.scale(
                    i / gemm.groups(), i % gemm.groups() * gemm.type().group());
        }
        return scales;
    }

    /** Only {@code Gemm} takes a transposed operand. */
    static String operator(final GemmType type) {
        if (type.isGrouped()) {
            return "MatMulNBits";
        }
        if (type.isInteger()) {
            return "MatMulInteger";
        }
        return type.isTransposedA() || type.isTransposedB() ? "Gemm" : "MatMul";
    }

    private static AttributeProto[] attributes(final GemmType type) {
        return operator(type).equals("Gemm")
                ? new AttributeProto[] {
                    OnnxGraph.attribute("transA", type.isTransposedA() ? 1 : 0),
                    OnnxGraph.attribute("transB", type.isTransposedB() ? 1 : 0)
                }
                : new AttributeProto[0];
    }

    static long[] extentsA(final GemmCase gemm) {
        return gemm.type().isTransposedA() ? matrices(gemm, gemm.k(), gemm.m()) : matrices(gemm, gemm.m(), gemm.k());
    }

    static long[] extentsB(final GemmCase gemm) {
        return gemm.type().isTransposedB() ? matrices(gemm, gemm.n(), gemm.k()) : matrices(gemm, gemm.k(), gemm.n());
    }

    static long[] extentsY(final GemmCase gemm) {
        return matrices(gemm, gemm.m(), gemm.n());
    }

    private static long[] matrices(final GemmCase gemm, final long rows, final long columns) {
        return gemm.isBatched() ? new long[] {gemm.batch(), rows, columns} : new long[] {rows, columns};
    }

    /** @param weights [filters, channels of a group, kernel, kernel] */
    static byte[] of(final ConvCase conv, final MemorySegment weights) {
        final ConvType type = conv.type();
        final long[] extents = {conv.filters(), conv.channels() / conv.groups(), conv.kernel(), conv.kernel()};
        final OnnxGraph graph = new OnnxGraph()
                .input("x", extentsX(conv), type.a())
                .output("y", extentsY(conv), type.y())
                .constant("w", extents, type.b(), weights);
        final AttributeProto[] attributes = {
            OnnxGraph.attributes("pads", conv.padding(), conv.padding(), conv.padding(), conv.padding()),
            OnnxGraph.attributes("strides", conv.stride(), conv.stride()),
            OnnxGraph.attribute("group", conv.groups())
        };
        return type.isInteger()
                ? quantized(graph, conv, attributes)
                : graph.node(operator(type), List.of("x", "w"), "sum", attributes)
                        .node("Relu", List.of("sum"), "y")
                        .toBytes();
    }

    /** The lowest value of u8 being 0, the output's bounds are the ReLU. */
    private static byte[] quantized(final OnnxGraph graph, final ConvCase conv, final AttributeProto... attributes) {
        return graph.constant("one", 1)
                .constant("w_scale", conv.weightScales())
                .constant("y_scale", conv.scaleY())
                .zero("x_zero", conv.type().a())
                .zero("w_zero", conv.type().b())
                .zero("y_zero", conv.type().y())
                .node(
                        operator(conv.type()),
                        List.of("x", "one", "x_zero", "w", "w_scale", "w_zero", "y_scale", "y_zero"),
                        "y",
                        attributes)
                .toBytes();
    }

    static String operator(final ConvType type) {
        return type.isInteger() ? "QLinearConv" : "Conv";
    }

    static byte[] of(final LstmCase lstm, final MemorySegment b, final Arena arena) {
        final long rows = (long) LstmCase.GATES * lstm.hidden();
        final int[] gates = {0, 3, 1, 2}; // i, o, f, g
        return new OnnxGraph()
                .input("x", extentsX(lstm), Element.F32)
                .output("y", extentsY(lstm), Element.F32)
                .constant("w", new long[] {1, rows, lstm.inputs()}, Element.F32, lstm.inputWeights(b, arena, gates))
                .constant("r", new long[] {1, rows, lstm.hidden()}, Element.F32, lstm.recurrentWeights(b, arena, gates))
                .node(LSTM, List.of("x", "w", "r"), "y", OnnxGraph.attribute("hidden_size", lstm.hidden()))
                .toBytes();
    }

    static long[] extentsX(final LstmCase lstm) {
        return new long[] {lstm.steps(), lstm.batch(), lstm.inputs()};
    }

    /** In one direction. */
    static long[] extentsY(final LstmCase lstm) {
        return new long[] {lstm.steps(), 1, lstm.batch(), lstm.hidden()};
    }

    static long[] extentsX(final ConvCase conv) {
        return new long[] {conv.images(), conv.channels(), conv.height(), conv.width()};
    }

    static long[] extentsY(final ConvCase conv) {
        return new long[] {conv.images(), conv.filters(), conv.outputHeight(), conv.outputWidth()};
    }
}
