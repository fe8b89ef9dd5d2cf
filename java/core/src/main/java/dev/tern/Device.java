package dev.tern;

/**
 * Something that runs operations.
 *
 * @param name the name that users give: {@code cpu}, {@code opencl:gpu:0}, {@code cuda:0} …
 * @param description the maker's name for it
 * @param kind what it is
 */
public record Device(String name, String description, Kind kind) {
    public enum Kind {
        CPU,
        GPU,
        FPGA
    }

    /** The host: its tensors are memory segments. */
    public static final Device CPU = new Device("cpu", "host processor", Kind.CPU);

    public Device {
        Require.notNull(name, "name");
        Require.notNull(description, "description");
        Require.notNull(kind, "kind");
    }

    /** True where tensors live in host memory. */
    public boolean isHost() {
        return name.equals(CPU.name);
    }

    @Override
    public String toString() {
        return name;
    }
}
