package dev.tern;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;

/** Finds backends; each that cannot load is caught alone, with its reason. */
final class BackendLoader {
    private final List<Backend> found = new ArrayList<>();
    private final Map<String, String> failures = new LinkedHashMap<>();

    BackendLoader() {
        final var providers =
                ServiceLoader.load(Backend.class, loader()).stream().iterator();
        boolean more = true;
        while (more) {
            more = loadNext(providers);
        }
    }

    List<Backend> found() {
        return found;
    }

    /** Provider to reason, for those that could not even be made. */
    Map<String, String> failures() {
        return failures;
    }

    private boolean loadNext(final java.util.Iterator<ServiceLoader.Provider<Backend>> providers) {
        String provider = "a backend provider";
        try {
            if (!providers.hasNext()) {
                return false;
            }
            final ServiceLoader.Provider<Backend> next = providers.next();
            provider = next.type().getName();
            found.add(next.get());
        } catch (final ServiceConfigurationError | LinkageError e) {
            failures.put(provider, reason(e));
        }
        return true;
    }

    private static String reason(final Throwable error) {
        final String message = String.valueOf(error.getCause() == null ? error : error.getCause());
        return message.contains("jdk/incubator/vector")
                ? "start Java with --add-modules jdk.incubator.vector"
                : message;
    }

    private static ClassLoader loader() {
        final ClassLoader own = Backend.class.getClassLoader();
        final ClassLoader context = Thread.currentThread().getContextClassLoader();
        return context == null ? own : context;
    }
}
