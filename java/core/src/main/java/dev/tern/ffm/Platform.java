package dev.tern.ffm;

import java.util.Arrays;
import java.util.Optional;

/** A platform that libtern is built for. */
enum Platform {
    LINUX_X86_64("linux-x86_64", "amd64", 62),
    LINUX_AARCH64("linux-aarch64", "aarch64", 183);

    private final String id;
    private final String osArch;
    private final int elfMachine;

    Platform(final String id, final String osArch, final int elfMachine) {
        this.id = id;
        this.osArch = osArch;
        this.elfMachine = elfMachine;
    }

    /** The platform of {@code os.name} and {@code os.arch}, if libtern is built for it. */
    static Optional<Platform> of(final String osName, final String osArch) {
        return osName.equals("Linux")
                ? Arrays.stream(values())
                        .filter(platform -> platform.osArch.equals(osArch))
                        .findFirst()
                : Optional.empty();
    }

    /** Where the classifier jar keeps the library. */
    String resource() {
        return "dev/tern/native/" + id + "/libtern.so";
    }

    /** {@code e_machine} of its ELF files. */
    int elfMachine() {
        return elfMachine;
    }

    @Override
    public String toString() {
        return id;
    }
}
