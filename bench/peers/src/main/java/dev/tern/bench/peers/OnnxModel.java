package dev.tern.bench.peers;

import ai.onnx.proto.OnnxMl.AttributeProto;
import dev.tern.bench.ConvCase;
import dev.tern.bench.ConvType;
import dev.tern.bench.GemmCase;
import dev.tern.bench.GemmType;
import dev.tern.bench.Inputs;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** The smallest ONNX models that compute a case; packed weights are an initializer, which the runtime prepacks. */
final class OnnxModel {

    private OnnxModel() {}

    static byte[] of(final GemmCase gemm, final Inputs inputs) {
        final GemmType type = gemm.type();
        if (type.group() > 0) {
            return ofGroups(gemm, inputs);
        }
        final OnnxGraph graph = new OnnxGraph()
                .input("a", extentsA(gemm), type.a())
                .output("y", new long[] {gemm.m(), gemm.n()}, type.y());
        if (type.isPacked()) {
            graph.constant("b", extentsB(gemm), type.b(), inputs.b());
        } else {
            graph.input("b", extentsB(gemm), type.b());
        }
        return graph.node(operator(type), List.of("a", "b"), "y", attributes(type))
                .toBytes();
    }

    /** Whether there is one for weights with scales of groups. */
    static boolean hasOperator(final GemmType grouped) {
        return grouped.a() == GemmType.Element.F32 && grouped.b() == GemmType.Element.S4;
    }

    /** Weights of four bits from 0 on, of which 8 is the zero point, filled up to whole groups. */
    private static byte[] ofGroups(final GemmCase gemm, final Inputs inputs) {
        final int group = gemm.type().group();
        final int rowBytes = gemm.groups() * group / 2;
        final byte[] weights = new byte[gemm.n() * rowBytes];
        final float[] scales = new float[gemm.n() * gemm.groups()];
        final int length = (int) gemm.type().b().bytes(gemm.k());
        for (int n = 0; n < gemm.n(); n++) {
            for (int i = 0; i < length; i++) {
                final byte pair = inputs.b().get(ValueLayout.JAVA_BYTE, (long) n * length + i);
                weights[n * rowBytes + i] = (byte) (pair ^ 0x88);
            }
            for (int g = 0; g < gemm.groups(); g++) {
                scales[n * gemm.groups() + g] = gemm.scale(n, g * group);
            }
        }
        return new OnnxGraph()
                .input("a", extentsA(gemm), gemm.type().a())
                .output("y", new long[] {gemm.m(), gemm.n()}, gemm.type().y())
                .constant(
                        "b",
                        new long[] {gemm.n(), gemm.groups(), group / 2},
                        GemmType.Element.U8,
                        MemorySegment.ofArray(weights))
                .constant("scales", scales)
                .contributed(
                        "MatMulNBits",
                        List.of("a", "b", "scales"),
                        "y",
                        OnnxGraph.attribute("K", gemm.k()),
                        OnnxGraph.attribute("N", gemm.n()),
                        OnnxGraph.attribute("bits", 4),
                        OnnxGraph.attribute("block_size", group))
                .toBytes();
    }

    /** Only {@code Gemm} takes a transposed operand. */
    static String operator(final GemmType type) {
        if (type.group() > 0) {
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
        return gemm.type().isTransposedA() ? new long[] {gemm.k(), gemm.m()} : new long[] {gemm.m(), gemm.k()};
    }

    static long[] extentsB(final GemmCase gemm) {
        return gemm.type().isTransposedB() ? new long[] {gemm.n(), gemm.k()} : new long[] {gemm.k(), gemm.n()};
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

    static long[] extentsX(final ConvCase conv) {
        return new long[] {conv.images(), conv.channels(), conv.height(), conv.width()};
    }

    static long[] extentsY(final ConvCase conv) {
        return new long[] {conv.images(), conv.filters(), conv.outputHeight(), conv.outputWidth()};
    }
}
