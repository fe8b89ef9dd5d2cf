package dev.tern.probe;

import dev.tern.probe.ProbeReport.Compiler;
import dev.tern.probe.ProbeReport.Jvm;
import dev.tern.probe.ProbeReport.Missing;
import dev.tern.probe.ProbeReport.NativeAccess;
import dev.tern.probe.ProbeReport.VectorApi;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Optional;

/** Reads the virtual machine: the half of the hardware that Java code really gets. */
final class JvmReader {
    private static final String VECTOR_MODULE = "jdk.incubator.vector";

    /** The level of tiered compilation that is C2's. */
    private static final int C2_LEVEL = 4;

    private static final List<String> TELLING_FLAGS = List.of(
            "-X", "--add-modules", "--limit-modules", "--enable-native-access", "--illegal-native-access", "-Dtern.");

    /** Logging and the class cache: they change neither, and name folders of no interest. */
    private static final List<String> SILENT_FLAGS = List.of("-Xlog", "-Xshare", "-XX:AOT", "-XX:SharedArchiveFile");

    private JvmReader() {}

    static Jvm read() {
        final VmOptions options = VmOptions.ofThisJvm();
        final List<String> arguments = arguments();
        final boolean vectorModule =
                ModuleLayer.boot().findModule(VECTOR_MODULE).isPresent();
        return new Jvm(
                System.getProperty("java.runtime.version"),
                System.getProperty("java.vendor"),
                System.getProperty("java.vm.name"),
                compiler(options),
                vectorApi(options, vectorModule),
                nativeAccess(JvmReader.class.getModule(), arguments),
                arguments.stream().filter(JvmReader::isTelling).toList(),
                Runtime.getRuntime().maxMemory());
    }

    static Compiler compiler(final VmOptions options) {
        if (options.value("UseCompiler").isEmpty()) {
            return new Compiler("unknown", new Missing("this JVM does not tell its compiler", "run on a HotSpot JVM"));
        }
        if (options.isOff("UseCompiler")) {
            return slow("interpreter", "code is interpreted only", "remove -Xint and -XX:TieredStopAtLevel");
        }
        if (options.isOn("UseJVMCICompiler")) {
            return slow("Graal", "a JVMCI compiler takes the place of C2", "remove -XX:+UseJVMCICompiler");
        }
        if (options.value("MaxVectorSize").isEmpty()) {
            return slow("C1", "this JVM was built without C2", "run on a server JVM");
        }
        final int level = options.number("TieredStopAtLevel").orElse(C2_LEVEL);
        return options.isOn("TieredCompilation") && level < C2_LEVEL
                ? slow("C1", "compilation stops at level " + level, "remove -XX:TieredStopAtLevel")
                : new Compiler("C2", null);
    }

    private static Compiler slow(final String name, final String reason, final String remedy) {
        return new Compiler(name, new Missing(reason, remedy));
    }

    static VectorApi vectorApi(final VmOptions options, final boolean module) {
        final Optional<Integer> bits = options.number("MaxVectorSize").map(bytes -> bytes * Byte.SIZE);
        if (!module) {
            return new VectorApi(
                    false,
                    bits.orElse(null),
                    new Missing("the module " + VECTOR_MODULE + " is not loaded", "--add-modules " + VECTOR_MODULE));
        }
        return new VectorApi(
                true, bits.orElse(null), VectorCompilation.missing(options).orElse(null));
    }

    /** JEP 472: without the flag, native access warns once today, and is denied where the user asks for that. */
    static NativeAccess nativeAccess(final Module module, final List<String> arguments) {
        if (module.isNativeAccessEnabled()) {
            return new NativeAccess("enabled", null);
        }
        final boolean denied = arguments.contains("--illegal-native-access=deny")
                || arguments.stream().anyMatch(argument -> argument.startsWith("--enable-native-access"));
        final String flag = "--enable-native-access=" + (module.isNamed() ? module.getName() : "ALL-UNNAMED");
        return denied
                ? new NativeAccess("denied", new Missing("native access is not enabled", flag))
                : new NativeAccess(
                        "warns", new Missing("the JVM warns of native access and may deny it one day", flag));
    }

    static boolean isTelling(final String argument) {
        return TELLING_FLAGS.stream().anyMatch(argument::startsWith)
                && SILENT_FLAGS.stream().noneMatch(argument::startsWith);
    }

    private static List<String> arguments() {
        return ModuleLayer.boot().findModule("java.management").isPresent()
                ? ManagementFactory.getRuntimeMXBean().getInputArguments()
                : List.of();
    }
}
