package dev.tern.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.Backend;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.module.Configuration;
import java.lang.module.FindException;
import java.lang.module.ModuleDescriptor.Provides;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReader;
import java.lang.module.ModuleReference;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Tests and launcher run on the class path, where nobody reads the module descriptors; so they are held here. */
class ModulesTest {
    private static final ModuleFinder MODULES =
            ModuleFinder.of(Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                    .map(Path::of)
                    .filter(ModulesTest::isModule)
                    .toArray(Path[]::new));

    @Test
    void shouldResolveEveryModuleOfTheLibrary() {
        final Set<String> names =
                ours().map(module -> module.descriptor().name()).collect(Collectors.toCollection(TreeSet::new));
        assertTrue(
                names.containsAll(Set.of("dev.tern", "dev.tern.model", "dev.tern.nn", "dev.tern.distributed")),
                names::toString);
        final Configuration resolved =
                ModuleLayer.boot().configuration().resolve(MODULES, ModuleFinder.ofSystem(), names);
        names.forEach(name -> assertTrue(resolved.findModule(name).isPresent(), name));
    }

    @Test
    void shouldOfferTheSameBackendsOnTheModulePathAsOnTheClassPath() {
        ours().forEach(module -> assertEquals(
                declaredBackends(module),
                servicesFile(module),
                () -> module.descriptor().name()));
    }

    private static Stream<ModuleReference> ours() {
        return MODULES.findAll().stream()
                .filter(module -> module.descriptor().name().startsWith("dev.tern"));
    }

    private static boolean isModule(final Path entry) {
        try {
            return ModuleFinder.of(entry).findAll().stream()
                    .anyMatch(module -> !module.descriptor().isAutomatic());
        } catch (final FindException _) {
            return false; // a jar without a descriptor whose name is no module's name either
        }
    }

    private static Set<String> declaredBackends(final ModuleReference module) {
        return module.descriptor().provides().stream()
                .filter(provides -> provides.service().equals(Backend.class.getName()))
                .map(Provides::providers)
                .flatMap(List::stream)
                .collect(Collectors.toSet());
    }

    private static Set<String> servicesFile(final ModuleReference module) {
        try (ModuleReader reader = module.open();
                InputStream file = reader.open("META-INF/services/" + Backend.class.getName())
                        .orElseGet(InputStream::nullInputStream)) {
            return new String(file.readAllBytes(), UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .collect(Collectors.toSet());
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
