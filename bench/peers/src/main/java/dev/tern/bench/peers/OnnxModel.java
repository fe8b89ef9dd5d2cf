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
import dev.tern.bench.GemmCase;
import dev.tern.bench.GemmInputs;
import dev.tern.bench.GemmType;
import java.util.ArrayList;
import java.util.List;

/** The smallest ONNX model that multiplies: one node; packed weights are an initializer, which the runtime prepacks. */
final class OnnxModel {

    private static final long OPSET = 13;
    private static final long IR_VERSION = 7;

    private OnnxModel() {}

    static byte[] of(final GemmCase gemm, final GemmInputs inputs) {
        final GemmType type = gemm.type();
        final GraphProto.Builder graph = GraphProto.newBuilder()
                .setName("gemm")
                .addNode(node(type))
                .addInput(value("a", extentsA(gemm), type.a()))
                .addOutput(value("y", new long[] {gemm.m(), gemm.n()}, type.y()));
        if (type.isPacked()) {
            graph.addInitializer(weights(gemm, inputs));
        } else {
            graph.addInput(value("b", extentsB(gemm), type.b()));
        }
        return ModelProto.newBuilder()
                .setIrVersion(IR_VERSION)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(OPSET))
                .setGraph(graph)
                .build()
                .toByteArray();
    }

    /** Only {@code Gemm} takes a transposed operand. */
    static String operator(final GemmType type) {
        if (type.isInteger()) {
            return "MatMulInteger";
        }
        return type.isTransposedA() || type.isTransposedB() ? "Gemm" : "MatMul";
    }

    static long[] extentsA(final GemmCase gemm) {
        return gemm.type().isTransposedA() ? new long[] {gemm.k(), gemm.m()} : new long[] {gemm.m(), gemm.k()};
    }

    static long[] extentsB(final GemmCase gemm) {
        return gemm.type().isTransposedB() ? new long[] {gemm.n(), gemm.k()} : new long[] {gemm.k(), gemm.n()};
    }

    private static NodeProto node(final GemmType type) {
        final NodeProto.Builder node = NodeProto.newBuilder()
                .setOpType(operator(type))
                .addInput("a")
                .addInput("b")
                .addOutput("y");
        if (operator(type).equals("Gemm")) {
            node.addAttribute(flag("transA", type.isTransposedA())).addAttribute(flag("transB", type.isTransposedB()));
        }
        return node.build();
    }

    private static AttributeProto flag(final String name, final boolean set) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.INT)
                .setI(set ? 1 : 0)
                .build();
    }

    private static TensorProto weights(final GemmCase gemm, final GemmInputs inputs) {
        final List<Long> extents = new ArrayList<>();
        for (final long extent : extentsB(gemm)) {
            extents.add(extent);
        }
        return TensorProto.newBuilder()
                .setName("b")
                .setDataType(dataType(gemm.type().b()).getNumber())
                .addAllDims(extents)
                .setRawData(ByteString.copyFrom(inputs.b().asByteBuffer()))
                .build();
    }

    private static ValueInfoProto value(final String name, final long[] extents, final GemmType.Element element) {
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

    private static TensorProto.DataType dataType(final GemmType.Element element) {
        return switch (element) {
            case F32 -> TensorProto.DataType.FLOAT;
            case U8 -> TensorProto.DataType.UINT8;
            case S8 -> TensorProto.DataType.INT8;
            case S32 -> TensorProto.DataType.INT32;
            case S4, S2, B1 ->
                throw new IllegalArgumentException("element: got " + element + ", which no tensor here has");
        };
    }
}
