package dev.tern.ffm;

import dev.tern.DataType;
import dev.tern.Engine;
import dev.tern.Gemm;
import dev.tern.Shape;
import dev.tern.Tensor;
import java.io.File;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What the loader's tests run in a JVM of its own: prints what became of the library, and a product by whatever
 * backends there are. With the argument {@code twice}, does the same again in another class loader.
 */
public final class LoaderProgram {
    private LoaderProgram() {}

    public static void main(final String... arguments) throws Exception {
        System.out.println(describe());
        if (arguments.length > 0) {
            try (URLClassLoader other = new URLClassLoader(classPath(), ClassLoader.getPlatformClassLoader())) {
                Thread.currentThread().setContextClassLoader(other);
                System.out.println(other.loadClass(LoaderProgram.class.getName())
                        .getMethod("describe")
                        .invoke(null));
            }
        }
    }

    public static String describe() {
        final NativeLibrary library = NativeLibrary.get();
        final Tensor y = Tensor.allocate(DataType.F32, Shape.of(1, 1));
        try (Engine engine = Engine.builder().threads(1).build()) {
            engine.compile(Gemm.of(1, 2))
                    .run(Tensor.of(Shape.of(1, 2), 3f, 4f), Tensor.of(Shape.of(2, 1), 10f, 100f), y);
            return String.join(
                    "\n",
                    "loaded: " + library.isLoaded(),
                    "path: " + library.path(),
                    "reason: " + library.reason(),
                    "probe: " + engine.backends().get("native").detail(),
                    "product: " + y.toFloats()[0]);
        }
    }

    private static URL[] classPath() throws MalformedURLException {
        final List<URL> urls = new ArrayList<>();
        for (final String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            urls.add(Path.of(entry).toUri().toURL());
        }
        return urls.toArray(URL[]::new);
    }
}
