package dev.tern.examples;

import static dev.tern.DataType.F32;
import static dev.tern.DataType.S8;
import static dev.tern.DataType.U8;

import dev.tern.Engine;
import dev.tern.Gemm;
import dev.tern.Layout;
import dev.tern.PackedWeights;
import dev.tern.Plan;
import dev.tern.Quantization;
import dev.tern.Shape;
import dev.tern.Tensor;
import dev.tern.nn.data.EmbeddedSample;
import dev.tern.nn.data.Samples;
import java.lang.foreign.ValueLayout;
import java.util.random.RandomGenerator;

/**
 * Links the kernels alone: one layer of 784 inputs and 128 outputs over real images, in f32 and in int8.
 *
 * <p>Prints what each costs on this machine, why its kernel was chosen, and how far the int8 results are off.
 */
public final class LinkingExample {
    private static final int BATCH = 256;
    private static final int INPUTS = 784;
    private static final int OUTPUTS = 128;

    private LinkingExample() {}

    /** The largest error of the int8 layer, as a part of the largest f32 output. */
    static double run() {
        final Samples images = EmbeddedSample.load().test().slice(0, BATCH);
        final float[] weights = new float[OUTPUTS * INPUTS];
        final RandomGenerator random = RandomGenerator.of("L64X128MixRandom");
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (float) (random.nextGaussian() / Math.sqrt(INPUTS));
        }
        try (Engine engine = Engine.builder().build()) {
            final Tensor expected = inFloats(engine, images, weights);
            final Tensor got = inBytes(engine, images, weights);
            return largestError(expected.toFloats(), got.toFloats());
        }
    }

    /** Pixels as reals from 0 to 1. */
    private static Tensor inFloats(final Engine engine, final Samples images, final float[] weights) {
        final float[] pixels = new float[BATCH * INPUTS];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (images.pixels().get(ValueLayout.JAVA_BYTE, i) & 0xff) / 255f;
        }
        final Gemm layer = Gemm.of(OUTPUTS, INPUTS).layout(Layout.NT).relu();
        final Tensor y = Tensor.allocate(F32, Shape.of(BATCH, OUTPUTS));
        try (PackedWeights packed = engine.pack(layer, Tensor.of(Shape.of(OUTPUTS, INPUTS), weights))) {
            final Plan plan = engine.compile(packed);
            plan.run(Tensor.of(Shape.of(BATCH, INPUTS), pixels), y);
            System.out.println(packed.bytes() + " bytes of weights, all forms");
            System.out.println(plan.explain(BATCH));
        }
        return y;
    }

    /** Pixels as they are, real = q / 255; one scale for each output's weights. */
    private static Tensor inBytes(final Engine engine, final Samples images, final float[] weights) {
        final float[] scales = new float[OUTPUTS];
        for (int i = 0; i < weights.length; i++) {
            scales[i / INPUTS] = Math.max(scales[i / INPUTS], Math.abs(weights[i]) / 127);
        }
        final Quantization perOutput = Quantization.perChannel(scales);
        final byte[] quantized = new byte[weights.length];
        for (int i = 0; i < weights.length; i++) {
            quantized[i] = (byte) perOutput.quantize(weights[i], i / INPUTS, S8);
        }
        final Gemm layer = Gemm.of(OUTPUTS, INPUTS)
                .types(U8, S8, F32)
                .layout(Layout.NT)
                .quantization(Quantization.symmetric(1f / 255), perOutput)
                .relu();
        final Tensor y = Tensor.allocate(F32, Shape.of(BATCH, OUTPUTS));
        try (PackedWeights packed = engine.pack(layer, Tensor.of(S8, Shape.of(OUTPUTS, INPUTS), quantized))) {
            final Plan plan = engine.compile(packed);
            plan.run(Tensor.wrap(images.pixels(), U8, Shape.of(BATCH, INPUTS)), y);
            System.out.println(packed.bytes() + " bytes of weights, all forms");
            System.out.println(plan.explain(BATCH));
        }
        return y;
    }

    private static double largestError(final float[] expected, final float[] got) {
        double error = 0;
        double largest = 0;
        for (int i = 0; i < expected.length; i++) {
            error = Math.max(error, Math.abs((double) expected[i] - got[i]));
            largest = Math.max(largest, Math.abs(expected[i]));
        }
        return error / largest;
    }

    public static void main(final String[] arguments) {
        System.out.printf("int8 is off by at most %.2f %% of the largest output%n", 100 * run());
    }
}
