package dev.tern.testing;

import dev.tern.DataType;
import dev.tern.Operation;
import dev.tern.Pool2d;
import dev.tern.testing.GemmCase.Place;
import dev.tern.testing.GemmCase.Values;
import java.util.random.RandomGenerator;

/**
 * A pooling with images to run it on, among whose floats are equals, zeros of both signs, infinities and NaNs.
 *
 * @param gap elements between neighbouring positions, lines and images
 * @param place where the tensors live
 */
public record PoolCase(Pool2d pool, int images, int gap, Place place) implements OperationCase {
    @Override
    public Operation operation() {
        return pool;
    }

    @Override
    public int rows() {
        return images * Math.toIntExact(Math.max(1, pool.positions()));
    }

    @Override
    public Values values() {
        return Values.RANDOM;
    }

    @Override
    public float draw(final DataType type, final RandomGenerator random) {
        final int kind = random.nextInt(40);
        if (type.isByte()) {
            return kind < 5 ? type.max() : values().draw(type, random);
        }
        return switch (kind) {
            case 0 -> pool.mode() == Pool2d.Mode.MAX ? Float.NaN : 1e30f;
            case 1 -> Float.NEGATIVE_INFINITY;
            case 2 -> -0f;
            default -> kind < 20 ? random.nextInt(-2, 3) : values().draw(type, random);
        };
    }

    @Override
    public String toString() {
        return pool.signature() + (pool.countsPadding() ? " counts padding" : "") + " " + pool.quantization()
                + " images " + images + " gap " + gap + " " + place;
    }
}
