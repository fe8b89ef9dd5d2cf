package dev.tern.machine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A machine made of files, for the probe to look at instead of this one. */
public final class FixtureTree {

    private final Path root;

    public FixtureTree(final Path root) {
        this.root = root;
    }

    public SystemFiles files() {
        return new SystemFiles(root);
    }

    public FixtureTree file(final String path, final String text) {
        try {
            Files.createDirectories(at(path).getParent());
            Files.writeString(at(path), text);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    public FixtureTree directory(final String path) {
        try {
            Files.createDirectories(at(path));
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    public FixtureTree link(final String path, final String target) {
        try {
            Files.createDirectories(at(path).getParent());
            Files.createSymbolicLink(at(path), Path.of(target));
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    /** A logical processor and the processors that share its core. */
    public FixtureTree cpu(final int cpu, final String coreCpus) {
        return file("/sys/devices/system/cpu/cpu" + cpu + "/topology/core_cpus_list", coreCpus + "\n");
    }

    /** A PCI function; ids and class as sysfs writes them, {@code 0x10de}. */
    public FixtureTree pci(final String address, final String vendor, final String device, final String pciClass) {
        final String directory = "/sys/bus/pci/devices/" + address;
        return file(directory + "/vendor", vendor + "\n")
                .file(directory + "/device", device + "\n")
                .file(directory + "/class", pciClass + "\n");
    }

    private Path at(final String path) {
        return root.resolve(path.substring(1));
    }
}
