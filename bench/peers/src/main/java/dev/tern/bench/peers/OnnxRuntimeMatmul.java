package dev.tern.bench.peers;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.tern.bench.GemmCase;
import dev.tern.bench.GemmInputs;
import dev.tern.bench.GemmType;
import dev.tern.bench.Prepared;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A session of one node whose inputs and output are pinned, so that a run copies and allocates no tensor. */
final class OnnxRuntimeMatmul implements Prepared {

    private final Arena arena = Arena.ofShared();
    private final MemorySegment output;
    private final List<OnnxTensor> tensors = new ArrayList<>();
    private final Map<String, OnnxTensor> inputs = new HashMap<>();
    private final Map<String, OnnxTensor> outputs;
    private final OrtSession session;
    private final String operator;

    OnnxRuntimeMatmul(
            final OrtEnvironment environment,
            final OrtSession.SessionOptions options,
            final GemmCase gemm,
            final GemmInputs operands)
            throws OrtException {
        final GemmType type = gemm.type();
        this.output = arena.allocate(gemm.bytesY(), 64);
        this.operator = OnnxModel.operator(type);
        this.session = environment.createSession(OnnxModel.of(gemm, operands), options);
        inputs.put("a", tensor(environment, operands.a(), OnnxModel.extentsA(gemm), type.a()));
        if (!type.isPacked()) {
            inputs.put("b", tensor(environment, operands.b(), OnnxModel.extentsB(gemm), type.b()));
        }
        this.outputs = Map.of("y", tensor(environment, output, new long[] {gemm.m(), gemm.n()}, type.y()));
    }

    @Override
    public String kernel() {
        return operator;
    }

    @Override
    public void run() {
        try (OrtSession.Result pinned = session.run(inputs, outputs)) {
            assert pinned.size() == outputs.size();
        } catch (final OrtException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public MemorySegment output() {
        return output;
    }

    @Override
    public void close() {
        tensors.forEach(OnnxTensor::close);
        try {
            session.close();
        } catch (final OrtException e) {
            throw new IllegalStateException(e);
        } finally {
            arena.close();
        }
    }

    private OnnxTensor tensor(
            final OrtEnvironment environment,
            final MemorySegment bytes,
            final long[] extents,
            final GemmType.Element element)
            throws OrtException {
        final OnnxTensor tensor = OnnxTensor.createTensor(
                environment, bytes.asByteBuffer().order(ByteOrder.nativeOrder()), extents, javaType(element));
        tensors.add(tensor);
        return tensor;
    }

    private static OnnxJavaType javaType(final GemmType.Element element) {
        return switch (element) {
            case F32 -> OnnxJavaType.FLOAT;
            case U8 -> OnnxJavaType.UINT8;
            case S8 -> OnnxJavaType.INT8;
            case S32 -> OnnxJavaType.INT32;
            case S4, S2, B1 ->
                throw new IllegalArgumentException("element: got " + element + ", which no tensor here has");
        };
    }
}
