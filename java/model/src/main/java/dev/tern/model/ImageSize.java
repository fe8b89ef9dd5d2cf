package dev.tern.model;

import dev.tern.Shape;

/** The size of one image of a value, channels fastest. */
record ImageSize(int height, int width, int channels) {
    static ImageSize of(final Layer layer, final ValueType input) {
        final Shape sample = input.sample();
        if (sample.rank() != 3) {
            throw new IllegalArgumentException(
                    "%s takes images [N, height, width, channels], not %s".formatted(layer.kind(), input));
        }
        return new ImageSize(
                Math.toIntExact(sample.length(0)),
                Math.toIntExact(sample.length(1)),
                Math.toIntExact(sample.length(2)));
    }
}
