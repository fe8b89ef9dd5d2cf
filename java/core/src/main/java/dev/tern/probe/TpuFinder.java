package dev.tern.probe;

import dev.tern.probe.ProbeReport.Accelerator;
import dev.tern.probe.ProbeReport.Hardware;
import dev.tern.probe.ProbeReport.Library;
import dev.tern.probe.ProbeReport.Missing;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Google's tensor processing units, in the cloud and on Coral cards. */
final class TpuFinder {
    private static final int GOOGLE = 0x1ae0;
    private static final String BUS = "/sys/bus/pci/devices/";

    private TpuFinder() {}

    static Accelerator find(final Host host) {
        final List<Hardware> tpus =
                host.pci().stream().flatMap(device -> tpu(host, device)).toList();
        final List<Library> libraries = List.of(
                host.libraries().library("libtpu.so", "install the Python package libtpu"),
                host.libraries().library("libedgetpu.so.1", "install the package libedgetpu1-std (Coral)"));
        final Missing missing = tpus.isEmpty()
                ? new Missing("no TPU on the PCI bus", null)
                : new Missing("Tern has no kernels for TPUs", null);
        return new Accelerator("tpu", null, tpus, libraries, missing);
    }

    private static Stream<Hardware> tpu(final Host host, final PciDevice device) {
        final Optional<String> name = PciNames.name("tpu", device)
                .or(() -> device.vendor() == GOOGLE && device.isProcessingAccelerator()
                        ? Optional.of("Google TPU")
                        : Optional.empty());
        return name.stream()
                .map(known ->
                        new Hardware(known, device.address(), device.id(), device.driver(), deviceFiles(host, device)));
    }

    private static List<String> deviceFiles(final Host host, final PciDevice tpu) {
        final Stream<String> group = host.files().linkName(BUS + tpu.address() + "/iommu_group").stream()
                .map("/dev/vfio/"::concat)
                .filter(host.files()::exists);
        final Stream<String> own = tpu.vendor() == GOOGLE
                ? host.deviceFiles("accel[0-9]*", "accel/accel*").stream().filter(file -> belongs(host, file, tpu))
                : host.deviceFiles("apex_*").stream();
        return Stream.concat(group, own).toList();
    }

    /** Other vendors' accelerators use the same names; a file without an owner in sysfs can be the TPU's. */
    private static boolean belongs(final Host host, final String file, final PciDevice tpu) {
        final String name = file.substring(file.lastIndexOf('/') + 1);
        return host.files()
                .linkName("/sys/class/accel/" + name + "/device")
                .map(tpu.address()::equals)
                .orElse(true);
    }
}
