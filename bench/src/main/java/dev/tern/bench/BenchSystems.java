package dev.tern.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;

/** All systems on the class path. Where {@code bench/peers} is not on it, Tern runs alone. */
final class BenchSystems {

    private BenchSystems() {}

    static List<BenchSystem> all() {
        final List<BenchSystem> systems = new ArrayList<>();
        for (final BenchSystem.Provider provider : ServiceLoader.load(BenchSystem.Provider.class)) {
            provider.systems().forEach(systems::add);
        }
        return systems;
    }

    static BenchSystem named(final String label) {
        return all().stream()
                .filter(system -> system.label().equals(label))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("system: got " + label + ", allowed: "
                        + all().stream().map(BenchSystem::label).toList()));
    }
}
