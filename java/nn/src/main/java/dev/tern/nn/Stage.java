package dev.tern.nn;

/** A node of the graph as it is trained. Neither pass allocates once a batch size has been seen. */
interface Stage {
    void forward(int batch);

    /** From the gradient by its output, adds to those by its input and its parameters. */
    void backward(int batch);
}
