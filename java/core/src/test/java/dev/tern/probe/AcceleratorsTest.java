package dev.tern.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.machine.FixtureTree;
import dev.tern.probe.ProbeReport.Accelerator;
import dev.tern.probe.ProbeReport.BackendReport;
import dev.tern.probe.ProbeReport.DeviceReport;
import dev.tern.probe.ProbeReport.Hardware;
import dev.tern.probe.ProbeReport.Missing;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AcceleratorsTest {
    private static final List<BackendReport> NO_BACKENDS = List.of(absent("opencl"), absent("cuda"));
    private static final List<BackendReport> CUDA = List.of(present("cuda"));
    private static final List<BackendReport> OPENCL = List.of(present("opencl"));
    private static final String LIBRARIES = "/usr/lib/x86_64-linux-gnu/";

    @TempDir
    private Path root;

    private FixtureTree tree;

    @BeforeEach
    void create() {
        tree = new FixtureTree(root);
    }

    @Test
    void shouldFindNothingOnABareMachineAndSayWhy() {
        assertEquals(
                new Missing("libOpenCL.so.1 is not on the library path", "install the package ocl-icd-libopencl1"),
                opencl(NO_BACKENDS).missing());
        assertEquals(
                new Missing("no NVIDIA GPU on the PCI bus", null),
                cuda(NO_BACKENDS).missing());
        assertEquals(
                "no FPGA on the PCI bus, nor an FPGA manager",
                fpga(NO_BACKENDS).missing().reason());
        assertEquals("no TPU on the PCI bus", tpu(NO_BACKENDS).missing().reason());
        for (final Accelerator kind : List.of(cuda(NO_BACKENDS), fpga(NO_BACKENDS), tpu(NO_BACKENDS))) {
            assertTrue(kind.hardware().isEmpty(), kind.kind());
            assertTrue(kind.libraries().stream().allMatch(library -> library.path() == null), kind.kind());
        }
    }

    @Test
    void shouldFindAnNvidiaGpuUpToItsLibrary() {
        nvidiaGpu().file(LIBRARIES + "libcuda.so.1", "");
        final Accelerator cuda = cuda(CUDA);
        assertEquals(
                List.of(new Hardware(
                        "NVIDIA H200",
                        "0000:65:00.0",
                        "10de:2335",
                        "nvidia",
                        List.of("/dev/nvidia0", "/dev/nvidiactl"))),
                cuda.hardware());
        assertEquals(LIBRARIES + "libcuda.so.1", cuda.libraries().getFirst().path());
        assertNull(cuda.missing());
    }

    @Test
    void shouldNotTakeAnNvidiaNetworkOrAudioFunctionForAGpu() {
        tree.pci("0000:65:00.1", "0x10de", "0x10f0", "0x040300").pci("0000:66:00.0", "0x10de", "0x0001", "0x020000");
        assertTrue(cuda(NO_BACKENDS).hardware().isEmpty());
    }

    @Test
    void shouldNameTheFirstObstacleBetweenAGpuAndCuda() {
        tree.pci("0000:65:00.0", "0x10de", "0x2335", "0x030200");
        assertReason("NVIDIA's kernel driver is not loaded", cuda(NO_BACKENDS));
        tree.file("/proc/driver/nvidia/version", "NVRM version: 570.86.15");
        assertReason("there are no /dev/nvidia* device files", cuda(NO_BACKENDS));
        tree.file("/dev/nvidiactl", "");
        assertReason("libcuda.so.1 is not on the library path", cuda(NO_BACKENDS));
        tree.file(LIBRARIES + "libcuda.so.1", "");
        assertReason("Tern's cuda backend: no jar", cuda(NO_BACKENDS));
        assertNull(cuda(CUDA).missing());
    }

    @Test
    void shouldFindAGpuBehindWindows() {
        tree.file("/dev/dxg", "").file("/usr/lib/wsl/lib/libcuda.so.1", "");
        final Accelerator cuda = cuda(CUDA);
        assertEquals("/dev/dxg", cuda.hardware().getFirst().location());
        assertNull(cuda.missing());
    }

    @Test
    void shouldFindAnAlveoCardWithItsRenderNode() {
        alveo();
        final Accelerator fpga = fpga(NO_BACKENDS);
        assertEquals(
                List.of(
                        new Hardware(
                                "AMD Alveo U250 (management)",
                                "0000:3b:00.0",
                                "10ee:5004",
                                "xclmgmt",
                                List.of("/dev/xclmgmt15104")),
                        new Hardware(
                                "AMD Alveo U250",
                                "0000:3b:00.1",
                                "10ee:5005",
                                "xocl",
                                List.of("/dev/dri/renderD129", "/dev/xclmgmt15104"))),
                fpga.hardware());
        assertReason("no OpenCL runtime for FPGAs was found", fpga);
    }

    @Test
    void shouldReachAnFpgaThroughXrtAndTheOpenClBackend() {
        alveo().file("/opt/xilinx/xrt/lib/libxilinxopencl.so", "");
        assertReason("libOpenCL.so.1 is not on the library path", fpga(NO_BACKENDS));
        tree.file(LIBRARIES + "libOpenCL.so.1", "")
                .file("/etc/OpenCL/vendors/xilinx.icd", "/opt/xilinx/xrt/lib/libxilinxopencl.so\n")
                .file("/opt/xilinx/xrt/lib/libxilinxopencl.so", "");
        assertReason("Tern's opencl backend: no jar", fpga(NO_BACKENDS));
        assertReason("OpenCL does not show the FPGA", fpga(OPENCL));
        final List<DeviceReport> devices = List.of(new DeviceReport("opencl:fpga:0", "fpga", "xilinx_u250"));
        assertNull(FpgaFinder.find(Host.of(tree.files(), null, OPENCL, devices)).missing());
    }

    @Test
    void shouldFindIntelCardsByTheirIds() {
        tree.pci("0000:af:00.0", "0x8086", "0x0b2b", "0x120000")
                .link("/sys/bus/pci/devices/0000:af:00.0/driver", "../../../../bus/pci/drivers/dfl-pci")
                .file("/dev/dfl-fme.0", "")
                .file("/dev/dfl-port.0", "");
        assertEquals(
                List.of(new Hardware(
                        "Intel PAC D5005 Stratix 10 SX",
                        "0000:af:00.0",
                        "8086:0b2b",
                        "dfl-pci",
                        List.of("/dev/dfl-fme.0", "/dev/dfl-port.0"))),
                fpga(NO_BACKENDS).hardware());
    }

    @Test
    void shouldTakeAnyAlteraDeviceAndAnyXilinxAcceleratorForAnFpga() {
        tree.pci("0000:01:00.0", "0x1172", "0xe003", "0xff0000").pci("0000:02:00.0", "0x10ee", "0x9999", "0x120000");
        assertEquals(
                List.of("Altera FPGA", "AMD (Xilinx) FPGA"),
                fpga(NO_BACKENDS).hardware().stream().map(Hardware::name).toList());
        assertReason("no kernel driver is bound to 0000:01:00.0", fpga(NO_BACKENDS));
    }

    @Test
    void shouldNotTakeASoundCardMadeOfAnFpgaForAnAccelerator() {
        tree.pci("0000:03:00.0", "0x10ee", "0x3fc6", "0x040100").pci("0000:04:00.0", "0x8086", "0x1533", "0x020000");
        assertTrue(fpga(NO_BACKENDS).hardware().isEmpty());
    }

    @Test
    void shouldFindTheFpgaOfASystemOnAChip() {
        tree.file("/sys/class/fpga_manager/fpga0/name", "Xilinx Zynq FPGA Manager\n");
        assertEquals(
                "Xilinx Zynq FPGA Manager",
                fpga(NO_BACKENDS).hardware().getFirst().name());
    }

    @Test
    void shouldFindACloudTpuAndSayThatNoKernelsTargetIt() {
        tree.pci("0000:00:04.0", "0x1ae0", "0x0063", "0xff0000")
                .link("/sys/bus/pci/devices/0000:00:04.0/driver", "../../../bus/pci/drivers/vfio-pci")
                .link("/sys/bus/pci/devices/0000:00:04.0/iommu_group", "../../../kernel/iommu_groups/7")
                .file("/dev/vfio/7", "")
                .file("/dev/accel0", "")
                .file("/usr/lib/libtpu.so", "");
        final Accelerator tpu = tpu(NO_BACKENDS);
        assertEquals(
                List.of(new Hardware(
                        "Google TPU v5e",
                        "0000:00:04.0",
                        "1ae0:0063",
                        "vfio-pci",
                        List.of("/dev/vfio/7", "/dev/accel0"))),
                tpu.hardware());
        assertEquals("/usr/lib/libtpu.so", tpu.libraries().getFirst().path());
        assertReason("Tern has no kernels for TPUs", tpu);
    }

    @Test
    void shouldFindACoralCard() {
        tree.pci("0000:05:00.0", "0x1ac1", "0x089a", "0xff0000").file("/dev/apex_0", "");
        final Hardware coral = tpu(NO_BACKENDS).hardware().getFirst();
        assertEquals("Coral Edge TPU", coral.name());
        assertEquals(List.of("/dev/apex_0"), coral.deviceFiles());
    }

    @Test
    void shouldNotTakeGooglesNetworkCardNorAnotherVendorsAcceleratorForATpu() {
        tree.pci("0000:00:05.0", "0x1ae0", "0x0042", "0x020000")
                .file("/dev/accel/accel0", "")
                .link("/sys/class/accel/accel0/device", "../../../0000:00:0b.0");
        assertTrue(tpu(NO_BACKENDS).hardware().isEmpty());
        tree.pci("0000:00:04.0", "0x1ae0", "0x005e", "0xff0000");
        assertEquals(List.of(), tpu(NO_BACKENDS).hardware().getFirst().deviceFiles());
    }

    @Test
    void shouldFollowOpenClFromLoaderToDriverToBackend() {
        tree.file(LIBRARIES + "libOpenCL.so.1", "");
        assertReason("no driver is registered in /etc/OpenCL/vendors", opencl(NO_BACKENDS));
        tree.file("/etc/OpenCL/vendors/pocl.icd", "libpocl.so.2\n");
        assertReason("libpocl.so.2 is not on the library path", opencl(NO_BACKENDS));
        tree.file(LIBRARIES + "libpocl.so.2", "");
        assertReason("Tern's opencl backend: no jar", opencl(NO_BACKENDS));
        assertNull(opencl(OPENCL).missing());
    }

    @Test
    void shouldSearchTheDirectoriesOfTheLoadersConfiguration() {
        tree.file("/etc/ld.so.conf", "include /etc/ld.so.conf.d/*.conf\n")
                .file("/etc/ld.so.conf.d/vendor.conf", "# vendor\n/opt/vendor/lib\n")
                .file("/opt/vendor/lib/libOpenCL.so.1", "");
        assertEquals(
                "/opt/vendor/lib/libOpenCL.so.1",
                opencl(NO_BACKENDS).libraries().getFirst().path());
    }

    @Test
    void shouldSearchTheUsersLibraryPathFirst() {
        tree.file(LIBRARIES + "libcuda.so.1", "").file("/home/me/lib/libcuda.so.1", "");
        final Host host = Host.of(tree.files(), "relative::/home/me/lib", NO_BACKENDS, List.of());
        assertEquals(
                "/home/me/lib/libcuda.so.1",
                CudaFinder.find(host).libraries().getFirst().path());
    }

    @Test
    void shouldPassOverBrokenEntries() {
        nvidiaGpu()
                .directory("/sys/bus/pci/devices/0000:07:00.0")
                .pci("0000:08:00.0", "garbage", "", "0x")
                .link("/sys/bus/pci/devices/0000:09:00.0", "../nowhere")
                .directory("/sys/bus/pci/devices/0000:0a:00.0/vendor")
                .file("/etc/OpenCL/vendors/empty.icd", "")
                .directory("/etc/OpenCL/vendors/directory.icd")
                .file("/etc/OpenCL/vendors/odd.icd", "lib\0odd.so\n")
                .directory("/etc/ld.so.conf");
        assertEquals(1, cuda(NO_BACKENDS).hardware().size());
        assertEquals(2, opencl(NO_BACKENDS).libraries().size(), "the loader and odd.icd");
    }

    private static BackendReport present(final String name) {
        return new BackendReport(name, "there", null);
    }

    private static BackendReport absent(final String name) {
        return new BackendReport(name, null, new Missing("no jar", "add it"));
    }

    private static void assertReason(final String expected, final Accelerator accelerator) {
        assertEquals(expected, accelerator.missing().reason());
    }

    private FixtureTree nvidiaGpu() {
        return tree.pci("0000:65:00.0", "0x10de", "0x2335", "0x030200")
                .link("/sys/bus/pci/devices/0000:65:00.0/driver", "../../../../bus/pci/drivers/nvidia")
                .file("/proc/driver/nvidia/version", "NVRM version: 570.86.15")
                .file("/proc/driver/nvidia/gpus/0000:65:00.0/information", "Model: \t\t NVIDIA H200\nIRQ:  1\n")
                .file("/dev/nvidia0", "")
                .file("/dev/nvidiactl", "");
    }

    private FixtureTree alveo() {
        return tree.pci("0000:3b:00.0", "0x10ee", "0x5004", "0x120000")
                .pci("0000:3b:00.1", "0x10ee", "0x5005", "0x120000")
                .link("/sys/bus/pci/devices/0000:3b:00.0/driver", "../../../../bus/pci/drivers/xclmgmt")
                .link("/sys/bus/pci/devices/0000:3b:00.1/driver", "../../../../bus/pci/drivers/xocl")
                .link("/sys/class/drm/renderD128/device", "../../../0000:00:02.0")
                .link("/sys/class/drm/renderD129/device", "../../../0000:3b:00.1")
                .file("/dev/xclmgmt15104", "");
    }

    private Accelerator opencl(final List<BackendReport> backends) {
        return OpenClFinder.find(host(backends));
    }

    private Accelerator cuda(final List<BackendReport> backends) {
        return CudaFinder.find(host(backends));
    }

    private Accelerator fpga(final List<BackendReport> backends) {
        return FpgaFinder.find(host(backends));
    }

    private Accelerator tpu(final List<BackendReport> backends) {
        return TpuFinder.find(host(backends));
    }

    private Host host(final List<BackendReport> backends) {
        return Host.of(tree.files(), null, backends, List.of());
    }
}
