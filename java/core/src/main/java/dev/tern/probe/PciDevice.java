package dev.tern.probe;

import dev.tern.machine.SystemFiles;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * One function on the PCI bus, as sysfs shows it.
 *
 * @param pciClass base class and subclass, {@code 0x0302} for a 3D controller
 * @param driver null where none is bound
 */
record PciDevice(String address, int vendor, int device, int pciClass, String driver) {
    private static final String BUS = "/sys/bus/pci/devices";

    static List<PciDevice> all(final SystemFiles files) {
        return files.list(BUS, "*").stream()
                .flatMap(address -> at(files, address))
                .toList();
    }

    private static Stream<PciDevice> at(final SystemFiles files, final String address) {
        final String directory = BUS + "/" + address;
        final Optional<Long> vendor = files.number(directory + "/vendor");
        final Optional<Long> device = files.number(directory + "/device");
        final Optional<Long> pciClass = files.number(directory + "/class");
        if (vendor.isEmpty() || device.isEmpty() || pciClass.isEmpty()) {
            return Stream.empty();
        }
        return Stream.of(new PciDevice(
                address,
                vendor.get().intValue(),
                device.get().intValue(),
                (int) (pciClass.get() >> 8), // the lowest byte is the programming interface
                files.linkName(directory + "/driver").orElse(null)));
    }

    String id() {
        return String.format("%04x:%04x", vendor, device);
    }

    /** Display controllers: VGA, XGA, 3D. */
    boolean isDisplay() {
        return pciClass >> 8 == 0x03;
    }

    /** The class of accelerators that are neither network, display nor storage. */
    boolean isProcessingAccelerator() {
        return pciClass >> 8 == 0x12;
    }
}
