package dev.tern.opencl;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tern.Device;
import dev.tern.Engine;
import java.util.List;

/** The device that the tests run on. Under {@code CI=true} its absence is a failure. */
final class Pocl {
    private static final String DEVICE = "opencl:cpu:0";

    private Pocl() {}

    static Engine engine() {
        require();
        return Engine.builder().device(DEVICE).threads(2).build();
    }

    static Device device(final Engine engine) {
        return engine.devices().stream()
                .filter(device -> device.name().equals(DEVICE))
                .findFirst()
                .orElseThrow();
    }

    static ClDevice driver() {
        require();
        return ClRuntime.instance().devices().stream()
                .filter(device -> device.device().name().equals(DEVICE))
                .findFirst()
                .orElseThrow();
    }

    private static void require() {
        final List<ClDevice> devices = ClRuntime.instance().devices();
        final boolean present =
                devices.stream().anyMatch(device -> device.device().name().equals(DEVICE));
        final String reason = ClRuntime.instance().probe().detail();
        if ("true".equals(System.getenv("CI"))) {
            assertTrue(present, reason);
        }
        assumeTrue(present, reason);
    }
}
