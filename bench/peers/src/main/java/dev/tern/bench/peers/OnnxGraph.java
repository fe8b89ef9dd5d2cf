package dev.tern.bench.peers;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import dev.tern.bench.GemmType.Element;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/** Writes the bytes of an ONNX model. */
final class OnnxGraph {

    private static final long OPSET = 13;
    private static final long IR_VERSION = 7;
    private static final String RUNTIME_DOMAIN = "com.microsoft";

    private final GraphProto.Builder graph = GraphProto.newBuilder().setName("case");

    OnnxGraph input(final String name, final long[] extents, final Element element) {
        graph.addInput(value(name, extents, element));
        return this;
    }

    OnnxGraph output(final String name, final long[] extents, final Element element) {
        graph.addOutput(value(name, extents, element));
        return this;
    }

    OnnxGraph constant(final String name, final long[] extents, final Element element, final MemorySegment bytes) {
        graph.addInitializer(TensorProto.newBuilder()
                .setName(name)
                .setDataType(dataType(element).getNumber())
                .addAllDims(Arrays.stream(extents).boxed().toList())
                .setRawData(ByteString.copyFrom(bytes.asByteBuffer())));
        return this;
    }

    /** A scalar, or a vector of several. */
    OnnxGraph constant(final String name, final float... values) {
        final long[] extents = values.length == 1 ? new long[0] : new long[] {values.length};
        final MemorySegment bytes = MemorySegment.ofArray(new byte[values.length * Float.BYTES]);
        MemorySegment.copy(MemorySegment.ofArray(values), 0, bytes, 0, bytes.byteSize());
        return constant(name, extents, Element.F32, bytes);
    }

    /** The zero of an 8-bit type. */
    OnnxGraph zero(final String name, final Element element) {
        return constant(name, new long[0], element, MemorySegment.ofArray(new byte[1]));
    }

    OnnxGraph node(
            final String operator, final List<String> inputs, final String output, final AttributeProto... attributes) {
        return node("", operator, inputs, output, attributes);
    }

    /** One of ONNX Runtime's own. */
    OnnxGraph runtimeNode(
            final String operator, final List<String> inputs, final String output, final AttributeProto... attributes) {
        return node(RUNTIME_DOMAIN, operator, inputs, output, attributes);
    }

    private OnnxGraph node(
            final String domain,
            final String operator,
            final List<String> inputs,
            final String output,
            final AttributeProto... attributes) {
        graph.addNode(NodeProto.newBuilder()
                .setDomain(domain)
                .setOpType(operator)
                .addAllInput(inputs)
                .addOutput(output)
                .addAllAttribute(List.of(attributes)));
        return this;
    }

    static AttributeProto attribute(final String name, final long value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.INT)
                .setI(value)
                .build();
    }

    static AttributeProto attributes(final String name, final long... values) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.INTS)
                .addAllInts(Arrays.stream(values).boxed().toList())
                .build();
    }

    byte[] toBytes() {
        return ModelProto.newBuilder()
                .setIrVersion(IR_VERSION)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(OPSET))
                .addOpsetImport(OperatorSetIdProto.newBuilder()
                        .setDomain(RUNTIME_DOMAIN)
                        .setVersion(1))
                .setGraph(graph)
                .build()
                .toByteArray();
    }

    private static ValueInfoProto value(final String name, final long[] extents, final Element element) {
        final TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (final long extent : extents) {
            shape.addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(extent));
        }
        final TypeProto.Tensor tensor = TypeProto.Tensor.newBuilder()
                .setElemType(dataType(element).getNumber())
                .setShape(shape)
                .build();
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder().setTensorType(tensor))
                .build();
    }

    private static TensorProto.DataType dataType(final Element element) {
        return switch (element) {
            case F32 -> TensorProto.DataType.FLOAT;
            case U8 -> TensorProto.DataType.UINT8;
            case S8 -> TensorProto.DataType.INT8;
            case S32 -> TensorProto.DataType.INT32;
            case BF16, S4, S2, B1 ->
                throw new IllegalArgumentException("element: got " + element + ", which no tensor here has");
        };
    }
}
