package dev.tern.probe;

import dev.tern.ffm.NativeLibrary;
import dev.tern.machine.CpuInfo;
import dev.tern.machine.HardwareKey;
import dev.tern.machine.SystemFiles;
import dev.tern.probe.ProbeReport.Accelerator;
import dev.tern.probe.ProbeReport.Measured;
import dev.tern.probe.ProbeReport.Os;
import java.util.List;

/** Looks at this machine and at what Tern can use of it. */
public final class Probe {
    private final SystemFiles files;
    private final NativeLibrary library = NativeLibrary.get();

    Probe(final SystemFiles files) {
        this.files = files;
    }

    /** Everything but measurements. Never throws; what cannot be found out carries its reason. */
    public static ProbeReport read() {
        return new Probe(SystemFiles.ofThisMachine()).report(false);
    }

    /** Also measures peaks of instructions and bandwidths of memory, with all cores busy for some seconds. */
    public static ProbeReport readAndMeasure() {
        return new Probe(SystemFiles.ofThisMachine()).report(true);
    }

    ProbeReport report(final boolean measuring) {
        final CpuReader reader = new CpuReader(files);
        final ProbeReport.Cpu cpu =
                reader.cpu(NativeReader.isa(CpuInfo.read(files).isa(), library));
        final ProbeReport.Memory memory = reader.memory();
        final Measured measured = measuring ? Measurement.take(library, cpu, memory) : null;
        final EngineReader engine = EngineReader.read();
        return new ProbeReport(
                HardwareKey.ofThisMachine(),
                os(),
                JvmReader.read(),
                cpu,
                memory,
                NativeReader.library(library),
                engine.backends(),
                engine.devices(),
                accelerators(engine),
                engine.operations(),
                measured);
    }

    private static Os os() {
        return new Os(System.getProperty("os.name"), System.getProperty("os.version"), System.getProperty("os.arch"));
    }

    private List<Accelerator> accelerators(final EngineReader engine) {
        final Host host = Host.of(files, System.getenv("LD_LIBRARY_PATH"), engine.backends(), engine.devices());
        return List.of(OpenClFinder.find(host), CudaFinder.find(host), FpgaFinder.find(host), TpuFinder.find(host));
    }
}
