package dev.tern;

/**
 * Where an engine may run: everything of the host's, one device, or one backend on the host.
 *
 * @param device the device's name, or {@code auto}
 * @param backend the backend's name, or empty for any
 */
record Target(String device, String backend) {
    static final Target AUTO = new Target("auto", "");
    private static final String CPU_PREFIX = Device.CPU.name() + ":";

    /** Reads {@code auto}, {@code cpu}, {@code cpu:BACKEND}, or a device such as {@code opencl:gpu:0}. */
    static Target parse(final String name) {
        Require.notNull(name, "device");
        return name.startsWith(CPU_PREFIX)
                ? new Target(Device.CPU.name(), name.substring(CPU_PREFIX.length()))
                : new Target(name, "");
    }

    boolean isAuto() {
        return device.equals(AUTO.device);
    }

    /** False where none of its devices can fit, so that they need not be looked for. */
    boolean admits(final Backend candidate) {
        return backend.isEmpty() || backend.equals(candidate.name());
    }

    boolean admits(final Backend candidate, final Device on) {
        return admits(candidate) && (isAuto() || device.equals(on.name()));
    }

    @Override
    public String toString() {
        return backend.isEmpty() ? device : CPU_PREFIX + backend;
    }
}
