package dev.tern.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class ProbeTextTest {
    @Test
    void shouldAlignFindingsAndSayWhatIsMissingAndWhatToDo() {
        final String expected = """
                jvm        version      25.0.3+9-LTS, Eclipse Adoptium, OpenJDK 64-Bit Server VM
                           compiler     C2
                           vector API   256 bit: the module jdk.incubator.vector is not loaded
                                        -> --add-modules …
                           native calls enabled
                           heap         up to 2 GiB
                           flags        -Xmx2g
                cpu        model        Model, Maker, amd64
                           cores        4 with 8 threads, 2 usable; cgroup v2 allows 2.5 CPUs and 1.5 GiB
                           isa          scalar avx2  (as the system lists it)
                           caches       L1d 4 x 48 KiB, L3 1 x 32 MiB
                memory     size         16 GiB, 12 GiB free
                           huge pages   madvise
                           NUMA nodes   1
                native     library      absent: no libtern is built for this platform
                backends   native       not usable: no libtern is built for this platform
                           opencl       1 platform
                           reference    scalar Java
                devices    cpu          host processor
                           opencl:gpu:0 Some GPU
                hardware   opencl       usable
                                        /lib/l.so
                           fpga         not usable: no OpenCL runtime for FPGAs was found
                                        -> install XRT
                                        AMD Alveo U250, 0000:3b:00.1, driver xocl
                           tpu          not usable: no TPU on the PCI bus
                operations gemm f32 f32 f32 cpu, reference, gemm_f32f32f32_1x1_scalar
                                            without gemm_f32f32f32_8x8_opencl: device pinned to cpu
                measured   vfmadd231ps_ymm     100.0 Gop/s on 1 thread      200.0 Gop/s on 2 threads
                           read L1             150.0 GB/s on 1 thread
                """;
        assertEquals(expected, ProbeText.of(SampleReports.mixed()));
    }
}
