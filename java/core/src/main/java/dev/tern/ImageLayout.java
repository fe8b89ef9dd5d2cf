package dev.tern;

/** The order of the dimensions of images. */
public enum ImageLayout {
    /** [images, height, width, channels]: what the kernels work on. */
    NHWC,
    /** [images, channels, height, width]: planes, as PyTorch and ONNX have them. */
    NCHW;

    Shape shape(final long images, final int height, final int width, final int channels) {
        return this == NHWC ? Shape.of(images, height, width, channels) : Shape.of(images, channels, height, width);
    }

    /** The dimension of a tensor that counts rows. */
    public int height() {
        return this == NHWC ? 1 : 2;
    }

    /** The dimension of a tensor that counts columns. */
    public int width() {
        return this == NHWC ? 2 : 3;
    }

    /** The dimension of a tensor that counts channels. */
    public int channels() {
        return this == NHWC ? 3 : 1;
    }
}
