package dev.tern.probe;

import com.sun.management.HotSpotDiagnosticMXBean;
import dev.tern.machine.SystemFiles;
import java.lang.management.ManagementFactory;
import java.util.Optional;

/** The options of the running virtual machine, those that it chose itself included. */
interface VmOptions {
    Optional<String> value(String name);

    /** No options on a virtual machine that is not HotSpot, or on an image without {@code jdk.management}. */
    static VmOptions ofThisJvm() {
        if (ModuleLayer.boot().findModule("jdk.management").isEmpty()) {
            return name -> Optional.empty();
        }
        final HotSpotDiagnosticMXBean bean = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        return bean == null ? name -> Optional.empty() : name -> read(bean, name);
    }

    private static Optional<String> read(final HotSpotDiagnosticMXBean bean, final String name) {
        try {
            return Optional.of(bean.getVMOption(name).getValue());
        } catch (final IllegalArgumentException unknownToThisVm) {
            return Optional.empty();
        }
    }

    default boolean isOn(final String name) {
        return value(name).filter("true"::equals).isPresent();
    }

    default boolean isOff(final String name) {
        return value(name).filter("false"::equals).isPresent();
    }

    default Optional<Integer> number(final String name) {
        return value(name).flatMap(SystemFiles::parse).map(Long::intValue);
    }
}
