package dev.tern.bench.peers;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.tern.bench.BenchCase;
import dev.tern.bench.GemmType;
import dev.tern.bench.Prepared;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A session of a model whose inputs and output are pinned, so that a run copies and allocates no tensor. */
final class OnnxRuntimeModel implements Prepared {

    private final Arena arena = Arena.ofShared();
    private final MemorySegment output;
    private final List<OnnxTensor> tensors = new ArrayList<>();
    private final Map<String, OnnxTensor> inputs = new HashMap<>();
    private final Map<String, OnnxTensor> outputs;
    private final OrtSession session;
    private final OrtEnvironment environment;
    private final String kernel;

    /**
     * @param kernel the name of the node that computes
     * @param extents of the model's output, y
     */
    OnnxRuntimeModel(
            final OrtEnvironment environment,
            final OrtSession.SessionOptions options,
            final byte[] model,
            final String kernel,
            final BenchCase problem,
            final long... extents)
            throws OrtException {
        this.environment = environment;
        this.kernel = kernel;
        this.output = arena.allocate(problem.bytesY(), 64);
        this.session = environment.createSession(model, options);
        this.outputs = Map.of("y", tensor(output, extents, problem.type().y()));
    }

    OnnxRuntimeModel input(
            final String name, final MemorySegment bytes, final long[] extents, final GemmType.Element element)
            throws OrtException {
        inputs.put(name, tensor(bytes, extents, element));
        return this;
    }

    @Override
    public String kernel() {
        return kernel;
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

    private OnnxTensor tensor(final MemorySegment bytes, final long[] extents, final GemmType.Element element)
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
            case BF16, S4, S2, B1 ->
                throw new IllegalArgumentException("element: got " + element + ", which no tensor here has");
        };
    }
}
