package dev.tern.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.probe.ProbeReport.Compiler;
import dev.tern.probe.ProbeReport.Jvm;
import dev.tern.probe.ProbeReport.VectorApi;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class JvmReaderTest {
    @Test
    void shouldSeeC2InADefaultJvm() {
        assertEquals(new Compiler("C2", null), JvmReader.compiler(options()));
    }

    @Test
    void shouldSayWhyC2IsAbsent() {
        assertCompiler("interpreter", "code is interpreted only", options("UseCompiler", "false"));
        assertCompiler("C1", "compilation stops at level 1", options("TieredStopAtLevel", "1"));
        assertCompiler("Graal", "a JVMCI compiler takes the place of C2", options("UseJVMCICompiler", "true"));
        assertCompiler("C1", "this JVM was built without C2", options("MaxVectorSize", null));
        assertCompiler("unknown", "this JVM does not tell its compiler", name -> Optional.empty());
    }

    @Test
    void shouldSeeC2WithoutTiers() {
        final VmOptions options = options("TieredCompilation", "false", "TieredStopAtLevel", "1");
        assertEquals("C2", JvmReader.compiler(options).name());
    }

    @Test
    void shouldTellTheWidthOfVectorsAndTheFlagForTheirModule() {
        final VectorApi absent = JvmReader.vectorApi(options(), false);
        assertEquals(512, absent.bits());
        assertEquals("--add-modules jdk.incubator.vector", absent.missing().remedy());
        assertEquals(new VectorApi(true, 256, null), JvmReader.vectorApi(options("MaxVectorSize", "32"), true));
    }

    @Test
    void shouldNotCallVectorsUsableWithoutC2() {
        assertNotNull(
                JvmReader.vectorApi(options("TieredStopAtLevel", "1"), true).missing());
    }

    @Test
    void shouldSeeNativeAccessOfAModuleThatHasIt() {
        assertEquals(
                "enabled",
                JvmReader.nativeAccess(Object.class.getModule(), List.of()).state());
    }

    @Test
    void shouldTellDenialFromWarning() {
        final Module denied = ModuleLayer.boot().findModule("java.logging").orElseThrow();
        assertEquals("warns", JvmReader.nativeAccess(denied, List.of()).state());
        assertEquals(
                "denied",
                JvmReader.nativeAccess(denied, List.of("--illegal-native-access=deny"))
                        .state());
        assertEquals(
                "denied",
                JvmReader.nativeAccess(denied, List.of("--enable-native-access=other"))
                        .state());
        assertEquals(
                "--enable-native-access=java.logging",
                JvmReader.nativeAccess(denied, List.of()).missing().remedy());
    }

    @Test
    void shouldReadTheJvmThatRunsThisTest() {
        final Jvm jvm = JvmReader.read();
        assertEquals(Runtime.version().toString(), jvm.version());
        assertTrue(jvm.vectorApi().module());
        assertEquals("enabled", jvm.nativeAccess().state());
        assertNull(jvm.nativeAccess().missing());
        assertTrue(jvm.flags().stream().anyMatch(flag -> flag.startsWith("-Xmx")), jvm.flags()::toString);
    }

    @Test
    void shouldShowTheFlagsThatChangeWhatTernCanDo() {
        assertEquals(
                List.of("-XX:UseAVX=2", "--add-modules=jdk.incubator.vector", "-Dtern.maxIsa=avx2"),
                Stream.of(
                                "-Xlog:disable",
                                "-XX:UseAVX=2",
                                "-Dsecret=1",
                                "-XX:AOTCache=x.aot",
                                "--add-modules=jdk.incubator.vector",
                                "-Dtern.maxIsa=avx2")
                        .filter(JvmReader::isTelling)
                        .toList());
    }

    private static void assertCompiler(final String name, final String reason, final VmOptions options) {
        final Compiler compiler = JvmReader.compiler(options);
        assertEquals(name, compiler.name());
        assertEquals(reason, compiler.missing().reason());
        assertNotNull(compiler.missing().remedy());
    }

    /** The options of a plain server JVM, with changes: name, value (null takes it away), name, value … */
    private static VmOptions options(final String... changes) {
        final Map<String, String> values = new HashMap<>(Map.of(
                "UseCompiler", "true", "TieredCompilation", "true", "TieredStopAtLevel", "4", "MaxVectorSize", "64"));
        for (int i = 0; i < changes.length; i += 2) {
            values.put(changes[i], changes[i + 1]);
        }
        return name -> Optional.ofNullable(values.get(name));
    }
}
