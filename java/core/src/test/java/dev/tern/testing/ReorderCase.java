package dev.tern.testing;

import dev.tern.DataType;
import dev.tern.Operation;
import dev.tern.Reorder;
import dev.tern.testing.GemmCase.Place;
import dev.tern.testing.GemmCase.Values;
import java.util.random.RandomGenerator;

/**
 * A reordering with images to run it on, among whose floats are ties, values beyond any byte, zeros of both signs,
 * infinities and NaNs.
 *
 * @param gap elements between neighbouring rows, positions or planes
 * @param place where the tensors live
 */
public record ReorderCase(Reorder reorder, int images, int gap, Place place) implements OperationCase {
    @Override
    public Operation operation() {
        return reorder;
    }

    @Override
    public int rows() {
        return images * Math.toIntExact(reorder.positions());
    }

    @Override
    public Values values() {
        return Values.RANDOM;
    }

    @Override
    public float draw(final DataType type, final RandomGenerator random) {
        if (type != DataType.F32) {
            return values().draw(type, random);
        }
        final float scale = reorder.quantization().scale(0);
        return switch (random.nextInt(20)) {
            case 0 -> Float.NaN;
            case 1 -> Float.NEGATIVE_INFINITY;
            case 2 -> Float.POSITIVE_INFINITY;
            case 3 -> -0f;
            case 4 -> 1e30f;
            case 5, 6, 7, 8, 9, 10 -> scale * random.nextInt(-400, 400) / 2;
            default -> scale * 150 * values().draw(type, random);
        };
    }

    @Override
    public String toString() {
        return reorder.signature() + " " + reorder.quantization() + " images " + images + " gap " + gap + " " + place;
    }
}
