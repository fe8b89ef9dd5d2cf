package dev.tern.bench;

import dev.tern.Operation;
import dev.tern.TensorType;

/** A problem that is one operation of Tern's. */
public sealed interface OperationCase extends BenchCase permits ProductCase, LstmCase {

    /** As Tern states it. */
    Operation operation();

    @Override
    default TensorType a() {
        return operation().a(rows());
    }

    @Override
    default TensorType b() {
        return operation().b(rows());
    }

    @Override
    default TensorType y() {
        return operation().y(rows());
    }

    @Override
    default long operations() {
        return operation().operations(rows());
    }
}
