package dev.tern.probe;

import dev.tern.probe.ProbeReport.Accelerator;
import dev.tern.probe.ProbeReport.Hardware;
import dev.tern.probe.ProbeReport.Library;
import dev.tern.probe.ProbeReport.Missing;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** FPGA cards on the PCI bus and FPGAs beside the processor; Tern reaches them by their vendors' OpenCL. */
final class FpgaFinder {
    private static final int XILINX = 0x10ee;
    private static final int ALTERA = 0x1172;
    private static final Set<String> DRIVERS =
            Set.of("xocl", "xclmgmt", "dfl-pci", "intel-fpga-pci", "aclpci_drv", "edma-drv");
    private static final String MANAGERS = "/sys/class/fpga_manager";
    private static final String RENDER_NODES = "/sys/class/drm";

    private FpgaFinder() {}

    static Accelerator find(final Host host) {
        final List<Hardware> cards =
                host.pci().stream().flatMap(device -> card(host, device)).toList();
        final List<Hardware> fpgas = cards.isEmpty() ? besideTheProcessor(host) : cards;
        final List<Library> runtimes = List.of(
                host.libraries().library("libxilinxopencl.so", "install XRT (AMD)", "/opt/xilinx/xrt/lib"),
                host.libraries()
                        .library(
                                "libalteracl.so",
                                "install the FPGA runtime for OpenCL (Intel)",
                                "/opt/intel/oneapi/compiler/latest/opt/oclfpga/host/linux64/lib",
                                "/opt/altera/aocl-pro-rte/aclrte-linux64/host/linux64/lib"));
        return new Accelerator("fpga", "opencl", fpgas, runtimes, missing(host, fpgas, runtimes));
    }

    private static Stream<Hardware> card(final Host host, final PciDevice device) {
        return name(device).stream()
                .map(name ->
                        new Hardware(name, device.address(), device.id(), device.driver(), deviceFiles(host, device)));
    }

    private static Optional<String> name(final PciDevice device) {
        final Optional<String> known = PciNames.name("fpga", device);
        if (known.isPresent()) {
            return known;
        }
        if (device.vendor() == XILINX && (device.isProcessingAccelerator() || isDriven(device))) {
            return Optional.of("AMD (Xilinx) FPGA");
        }
        if (device.vendor() == ALTERA) {
            return Optional.of("Altera FPGA");
        }
        return isDriven(device) ? Optional.of("FPGA") : Optional.empty();
    }

    private static boolean isDriven(final PciDevice device) {
        return device.driver() != null && DRIVERS.contains(device.driver());
    }

    /**
     * AMD's user function is a render node; the other files do not tell their card, so that each card lists them all.
     */
    private static List<String> deviceFiles(final Host host, final PciDevice card) {
        final Stream<String> renderNodes = host.files().list(RENDER_NODES, "renderD*").stream()
                .filter(node -> host.files()
                        .linkName(RENDER_NODES + "/" + node + "/device")
                        .filter(card.address()::equals)
                        .isPresent())
                .map("/dev/dri/"::concat);
        final Stream<String> others = card.vendor() == XILINX
                ? host.deviceFiles("xclmgmt*", "xfpga/*").stream()
                : host.deviceFiles("intel-fpga-*", "dfl-*", "acl*").stream();
        return Stream.concat(renderNodes, others).toList();
    }

    /** A system on a chip shows its fabric to the kernel's FPGA manager. */
    private static List<Hardware> besideTheProcessor(final Host host) {
        return host.files().list(MANAGERS, "*").stream()
                .map(manager -> new Hardware(
                        host.files().text(MANAGERS + "/" + manager + "/name").orElse("FPGA"),
                        MANAGERS + "/" + manager,
                        null,
                        host.files()
                                .linkName(MANAGERS + "/" + manager + "/device/driver")
                                .orElse(null),
                        List.of()))
                .toList();
    }

    private static Missing missing(final Host host, final List<Hardware> fpgas, final List<Library> runtimes) {
        if (fpgas.isEmpty()) {
            return new Missing("no FPGA on the PCI bus, nor an FPGA manager", null);
        }
        if (fpgas.stream().allMatch(fpga -> fpga.driver() == null)) {
            return new Missing(
                    "no kernel driver is bound to " + fpgas.getFirst().location(),
                    "install and load the card's driver (xocl for AMD, dfl-pci or the board package's for Intel)");
        }
        if (runtimes.stream().allMatch(runtime -> runtime.missing() != null)) {
            return new Missing(
                    "no OpenCL runtime for FPGAs was found",
                    "install XRT (AMD) or the FPGA runtime for OpenCL (Intel)");
        }
        final Missing opencl = OpenClFinder.find(host).missing();
        return opencl != null || host.offers("fpga")
                ? opencl
                : new Missing("OpenCL does not show the FPGA", "check the card with its vendor's tool");
    }
}
