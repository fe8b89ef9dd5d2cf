package dev.tern.probe;

import static dev.tern.DataType.B1;
import static dev.tern.DataType.BF16;
import static dev.tern.DataType.F32;
import static dev.tern.DataType.S2;
import static dev.tern.DataType.S32;
import static dev.tern.DataType.S4;
import static dev.tern.DataType.S8;
import static dev.tern.DataType.U8;

import dev.tern.Candidate;
import dev.tern.DataType;
import dev.tern.Device;
import dev.tern.Engine;
import dev.tern.Explanation;
import dev.tern.Gemm;
import dev.tern.PackedWeights;
import dev.tern.RowClass;
import dev.tern.Shape;
import dev.tern.Tensor;
import dev.tern.probe.ProbeReport.BackendReport;
import dev.tern.probe.ProbeReport.DeviceReport;
import dev.tern.probe.ProbeReport.OperationReport;
import dev.tern.probe.ProbeReport.Refusal;
import java.util.List;
import java.util.Locale;

/**
 * What an engine built with the defaults offers and would choose.
 *
 * @param devices those of all backends
 * @param operations a sample of each operation and combination of types
 */
record EngineReader(List<BackendReport> backends, List<DeviceReport> devices, List<OperationReport> operations) {
    /** Columns and terms of the sample: a layer of middling size. */
    private static final int SIZE = 256;

    private static final String ANY_DEVICE = "auto";

    private static final List<List<DataType>> GEMM_TYPES = List.of(
            List.of(F32, F32, F32),
            List.of(BF16, BF16, F32),
            List.of(U8, S8, S32),
            List.of(U8, S8, F32),
            List.of(U8, S8, U8),
            List.of(S8, S8, S32),
            List.of(S8, S8, S8),
            List.of(U8, S4, S32),
            List.of(U8, S2, S32),
            List.of(B1, B1, S32));

    /** Backends and devices are those of the machine; the operations go where {@code tern.device} sends them. */
    static EngineReader read() {
        try (Engine engine = Engine.builder().device(ANY_DEVICE).build()) {
            return new EngineReader(
                    BackendCatalog.reports(engine.backends()),
                    engine.devices().stream().map(EngineReader::device).toList(),
                    System.getProperty("tern.device", ANY_DEVICE).equals(ANY_DEVICE)
                            ? operations(engine)
                            : pinnedOperations());
        } catch (final RuntimeException | LinkageError unusable) {
            return new EngineReader(
                    BackendCatalog.unasked(reason(unusable)), List.of(), refusedOperations(reason(unusable)));
        }
    }

    private static List<OperationReport> pinnedOperations() {
        try (Engine engine = Engine.builder().build()) {
            return operations(engine);
        } catch (final RuntimeException | LinkageError unusable) {
            return refusedOperations(reason(unusable));
        }
    }

    private static List<OperationReport> operations(final Engine engine) {
        return GEMM_TYPES.stream().map(types -> operation(engine, types)).toList();
    }

    /** A setting that no engine accepts, such as a device that is not there, becomes the reason of every refusal. */
    private static List<OperationReport> refusedOperations(final String reason) {
        return GEMM_TYPES.stream().map(types -> refused(types, reason)).toList();
    }

    private static DeviceReport device(final Device device) {
        return new DeviceReport(device.name(), device.kind().name().toLowerCase(Locale.ROOT), device.description());
    }

    private static OperationReport operation(final Engine engine, final List<DataType> types) {
        final Gemm gemm = Gemm.of(SIZE, SIZE).types(types.get(0), types.get(1), types.get(2));
        try (PackedWeights weights = engine.pack(gemm, Tensor.allocate(types.get(1), Shape.of(SIZE, SIZE)))) {
            return report(types, engine.compile(weights).explain(RowClass.MANY.representative()));
        } catch (final RuntimeException | LinkageError unusable) {
            return refused(types, reason(unusable));
        }
    }

    private static OperationReport report(final List<DataType> types, final Explanation explanation) {
        final Candidate chosen = explanation.chosen();
        return new OperationReport(
                "gemm",
                words(types),
                chosen.backend(),
                chosen.device(),
                chosen.kernel(),
                explanation.candidates().stream()
                        .filter(candidate -> candidate.verdict() == Candidate.Verdict.REFUSED)
                        .map(EngineReader::refusal)
                        .toList());
    }

    private static Refusal refusal(final Candidate candidate) {
        return new Refusal(
                candidate.backend(), candidate.kernel().isEmpty() ? null : candidate.kernel(), candidate.reason());
    }

    private static OperationReport refused(final List<DataType> types, final String reason) {
        return new OperationReport(
                "gemm", words(types), null, null, null, List.of(new Refusal("engine", null, reason)));
    }

    private static String words(final List<DataType> types) {
        return String.join(" ", types.stream().map(DataType::name).toList()).toLowerCase(Locale.ROOT);
    }

    private static String reason(final Throwable unusable) {
        return unusable.getMessage() == null ? unusable.toString() : unusable.getMessage();
    }
}
