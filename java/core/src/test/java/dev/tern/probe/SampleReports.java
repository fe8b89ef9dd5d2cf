package dev.tern.probe;

import dev.tern.probe.ProbeReport.Accelerator;
import dev.tern.probe.ProbeReport.BackendReport;
import dev.tern.probe.ProbeReport.Bandwidth;
import dev.tern.probe.ProbeReport.Cache;
import dev.tern.probe.ProbeReport.Compiler;
import dev.tern.probe.ProbeReport.Cpu;
import dev.tern.probe.ProbeReport.DeviceReport;
import dev.tern.probe.ProbeReport.Hardware;
import dev.tern.probe.ProbeReport.Isa;
import dev.tern.probe.ProbeReport.Jvm;
import dev.tern.probe.ProbeReport.Library;
import dev.tern.probe.ProbeReport.Measured;
import dev.tern.probe.ProbeReport.Memory;
import dev.tern.probe.ProbeReport.Missing;
import dev.tern.probe.ProbeReport.NativeAccess;
import dev.tern.probe.ProbeReport.NativeLibrary;
import dev.tern.probe.ProbeReport.NumaNode;
import dev.tern.probe.ProbeReport.OperationReport;
import dev.tern.probe.ProbeReport.Os;
import dev.tern.probe.ProbeReport.Peak;
import dev.tern.probe.ProbeReport.Quota;
import dev.tern.probe.ProbeReport.Refusal;
import dev.tern.probe.ProbeReport.VectorApi;
import java.util.List;

/** A machine with a bit of everything: a GPU that works, an FPGA without its runtime, no TPU, no native library. */
final class SampleReports {
    private SampleReports() {}

    static ProbeReport mixed() {
        final Missing noLibrary = new Missing("no libtern is built for this platform", null);
        return new ProbeReport(
                "key",
                new Os("Linux", "6.1", "amd64"),
                new Jvm(
                        "25.0.3+9-LTS",
                        "Eclipse Adoptium",
                        "OpenJDK 64-Bit Server VM",
                        new Compiler("C2", null),
                        new VectorApi(
                                false,
                                256,
                                new Missing("the module jdk.incubator.vector is not loaded", "--add-modules …")),
                        new NativeAccess("enabled", null),
                        List.of("-Xmx2g"),
                        2L << 30),
                new Cpu(
                        "Model",
                        "Maker",
                        8,
                        4,
                        2,
                        new Quota(2, 2.5, 1536L << 20),
                        new Isa(List.of("scalar", "avx2"), null, noLibrary),
                        List.of(new Cache(1, "data", 48 << 10, 64, 2, 4), new Cache(3, "unified", 32 << 20, 64, 8, 1))),
                new Memory(16L << 30, 12L << 30, "madvise", List.of(new NumaNode(0, "0-7", 16L << 30))),
                new NativeLibrary(null, null, null, List.of(), noLibrary),
                List.of(
                        new BackendReport("native", null, noLibrary),
                        new BackendReport("opencl", "1 platform", null),
                        new BackendReport("reference", "scalar Java", null)),
                List.of(
                        new DeviceReport("cpu", "cpu", "host processor"),
                        new DeviceReport("opencl:gpu:0", "gpu", "Some GPU")),
                List.of(
                        new Accelerator(
                                "opencl", "opencl", List.of(), List.of(new Library("l", "/lib/l.so", null)), null),
                        new Accelerator(
                                "fpga",
                                "opencl",
                                List.of(new Hardware("AMD Alveo U250", "0000:3b:00.1", "10ee:5005", "xocl", List.of())),
                                List.of(),
                                new Missing("no OpenCL runtime for FPGAs was found", "install XRT")),
                        new Accelerator("tpu", null, List.of(), List.of(), new Missing("no TPU on the PCI bus", null))),
                List.of(new OperationReport(
                        "gemm",
                        "f32 f32 f32",
                        "reference",
                        "cpu",
                        "gemm_f32f32f32_1x1_scalar",
                        List.of(
                                new Refusal("native", null, "not available"),
                                new Refusal("opencl", "gemm_f32f32f32_8x8_opencl", "device pinned to cpu")))),
                new Measured(
                        List.of(
                                new Peak("vfmadd231ps_ymm", "avx2", 1, 100.04),
                                new Peak("vfmadd231ps_ymm", "avx2", 2, 200)),
                        List.of(new Bandwidth("L1", 36 << 10, 1, 150)),
                        null));
    }
}
