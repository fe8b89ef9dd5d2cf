package dev.tern.cli;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import dev.tern.Backend;
import dev.tern.planted.core.CoreThatReadsModels;
import dev.tern.planted.cycle.left.Left;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The arrows of the design point one way, and packages have no cycles. Each rule is shown to bite on a planted
 * violation.
 */
class ArchitectureTest {
    private static final JavaClasses TERN = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .withImportOption(location -> !location.contains("-tests.jar")) // core lends its test kit
            .importPackages("dev.tern");

    /** Who may know whom, below the command line, which may know all. */
    private static final Map<String, List<String>> MAY_DEPEND_ON = Map.of(
            "core", List.of(),
            "vector", List.of("core"),
            "opencl", List.of("core"),
            "model", List.of("core"),
            "nn", List.of("core", "model"),
            "distributed", List.of("core", "model", "nn"),
            "compress", List.of("core", "model", "nn"));

    private static final Map<String, String[]> PACKAGES = Map.of(
            "core",
                    new String[] {
                        "dev.tern",
                        "dev.tern.machine..",
                        "dev.tern.probe..",
                        "dev.tern.ffm..",
                        "dev.tern.reference..",
                        "dev.tern.planted.core.."
                    },
            "vector", new String[] {"dev.tern.vector.."},
            "opencl", new String[] {"dev.tern.opencl.."},
            "model", new String[] {"dev.tern.model.."},
            "nn", new String[] {"dev.tern.nn.."},
            "distributed", new String[] {"dev.tern.distributed.."},
            "compress", new String[] {"dev.tern.compress.."},
            "cli", new String[] {"dev.tern.cli.."});

    static Stream<Arguments> arrows() {
        return MAY_DEPEND_ON.keySet().stream()
                .flatMap(from -> PACKAGES.keySet().stream()
                        .filter(to ->
                                !to.equals(from) && !MAY_DEPEND_ON.get(from).contains(to))
                        .map(to -> Arguments.of(from, to)));
    }

    @ParameterizedTest(name = "{0} does not know {1}")
    @MethodSource("arrows")
    void shouldPointOneWay(final String from, final String to) {
        noArrow(from, to).check(TERN);
    }

    private static ArchRule noArrow(final String from, final String to) {
        return noClasses()
                .that()
                .resideInAnyPackage(PACKAGES.get(from))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(PACKAGES.get(to))
                .allowEmptyShould(true);
    }

    @Test
    void shouldFindAPlantedArrow() {
        final JavaClasses planted = new ClassFileImporter().importClasses(CoreThatReadsModels.class);
        assertTrue(noArrow("core", "model").evaluate(planted).hasViolation());
    }

    @Test
    void shouldHaveNoCyclesAmongPackages() {
        noCycles().check(TERN);
    }

    @Test
    void shouldFindAPlantedCycle() {
        final JavaClasses planted =
                new ClassFileImporter().importPackages(Left.class.getPackageName(), "dev.tern.planted.cycle.right");
        assertTrue(noCycles().evaluate(planted).hasViolation());
    }

    private static ArchRule noCycles() {
        return slices().matching("(dev.tern..)").should().beFreeOfCycles();
    }

    @Test
    void shouldKeepTheCoreToTheJdk() {
        onlyTheJdk().check(TERN);
    }

    @Test
    void shouldFindACoreThatNeedsMore() {
        final JavaClasses planted = new ClassFileImporter().importClasses(CoreThatReadsModels.class);
        assertTrue(onlyTheJdk().evaluate(planted).hasViolation());
    }

    private static ArchRule onlyTheJdk() {
        return classes()
                .that()
                .resideInAnyPackage(PACKAGES.get("core"))
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(Stream.concat(
                                Stream.of(PACKAGES.get("core")), Stream.of("java..", "jdk..", "sun..", "com.sun.."))
                        .toArray(String[]::new));
    }

    @Test
    void shouldKeepBackendsFinal() {
        final List<String> open = TERN.stream()
                .filter(c -> c.isAssignableTo(Backend.class) && !c.isInterface())
                .filter(c -> !c.getModifiers().contains(com.tngtech.archunit.core.domain.JavaModifier.FINAL))
                .map(c -> c.getName())
                .toList();
        assertEquals(List.of(), open);
    }
}
