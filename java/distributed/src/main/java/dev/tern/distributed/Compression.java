package dev.tern.distributed;

import dev.tern.Tensor;

/** What gradients become on their way between ranks. */
public enum Compression {
    /** F32, as they are. */
    NONE {
        @Override
        BucketSum sum(final Communicator communicator, final Tensor bucket) {
            return new FloatSum(communicator, bucket);
        }
    },
    /** A quarter of the bytes, with what is lost added to the next step: see {@link QuantizedSum}. */
    INT8 {
        @Override
        BucketSum sum(final Communicator communicator, final Tensor bucket) {
            return communicator.size() == 1
                    ? new FloatSum(communicator, bucket) // which sends nothing
                    : new QuantizedSum(communicator, bucket);
        }
    };

    abstract BucketSum sum(Communicator communicator, Tensor bucket);
}
