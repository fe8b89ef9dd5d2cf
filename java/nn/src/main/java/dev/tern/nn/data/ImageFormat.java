package dev.tern.nn.data;

/** Size of one image; channels vary fastest. */
public record ImageFormat(int rows, int columns, int channels) {
    public ImageFormat {
        if (rows < 1 || columns < 1 || channels < 1) {
            throw new IllegalArgumentException(
                    "image of %d x %d x %d; every size must be positive".formatted(rows, columns, channels));
        }
    }

    public int elements() {
        return Math.multiplyExact(Math.multiplyExact(rows, columns), channels);
    }
}
