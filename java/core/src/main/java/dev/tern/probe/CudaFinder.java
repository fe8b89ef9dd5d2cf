package dev.tern.probe;

import dev.tern.probe.ProbeReport.Accelerator;
import dev.tern.probe.ProbeReport.Hardware;
import dev.tern.probe.ProbeReport.Library;
import dev.tern.probe.ProbeReport.Missing;
import java.util.List;

/** NVIDIA GPUs, on the PCI bus or behind Windows (WSL). */
final class CudaFinder {
    private static final int NVIDIA = 0x10de;
    private static final String DRIVER = "/proc/driver/nvidia";
    private static final String WINDOWS_GPU = "/dev/dxg";
    private static final String WINDOWS_LIBRARIES = "/usr/lib/wsl/lib";

    private CudaFinder() {}

    static Accelerator find(final Host host) {
        final Library driver =
                host.libraries().library("libcuda.so.1", "install NVIDIA's driver libraries", WINDOWS_LIBRARIES);
        final List<Hardware> onBus = onBus(host);
        final List<Hardware> gpus = onBus.isEmpty() ? behindWindows(host, driver) : onBus;
        return new Accelerator("cuda", "cuda", gpus, List.of(driver), missing(host, gpus, driver));
    }

    private static List<Hardware> onBus(final Host host) {
        final List<String> deviceFiles = host.deviceFiles("nvidia[0-9]*", "nvidiactl");
        return host.pci().stream()
                .filter(device -> device.vendor() == NVIDIA && device.isDisplay())
                .map(gpu -> new Hardware(name(host, gpu), gpu.address(), gpu.id(), gpu.driver(), deviceFiles))
                .toList();
    }

    /** {@code /dev/dxg} alone can be any vendor's GPU; the library beside it tells. */
    private static List<Hardware> behindWindows(final Host host, final Library driver) {
        final boolean present = host.files().exists(WINDOWS_GPU) && driver.path() != null;
        return present
                ? List.of(new Hardware("NVIDIA GPU (through Windows)", WINDOWS_GPU, null, null, List.of(WINDOWS_GPU)))
                : List.of();
    }

    private static String name(final Host host, final PciDevice gpu) {
        return host.files().lines(DRIVER + "/gpus/" + gpu.address() + "/information").stream()
                .filter(line -> line.startsWith("Model:"))
                .map(line -> line.substring("Model:".length()).strip())
                .findFirst()
                .orElse("NVIDIA GPU");
    }

    private static Missing missing(final Host host, final List<Hardware> gpus, final Library driver) {
        if (gpus.isEmpty()) {
            return new Missing("no NVIDIA GPU on the PCI bus", null);
        }
        final boolean onBus = gpus.getFirst().id() != null;
        if (onBus && !host.files().exists(DRIVER + "/version")) {
            return new Missing("NVIDIA's kernel driver is not loaded", "install it and load the module nvidia");
        }
        if (onBus && gpus.getFirst().deviceFiles().isEmpty()) {
            return new Missing(
                    "there are no /dev/nvidia* device files",
                    "run nvidia-modprobe, or start the container with --gpus all");
        }
        if (driver.missing() != null) {
            return driver.missing();
        }
        return host.missingBackend("cuda");
    }
}
