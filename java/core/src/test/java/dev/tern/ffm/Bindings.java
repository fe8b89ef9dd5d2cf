package dev.tern.ffm;

import dev.tern.ffm.CHeader.Field;
import dev.tern.ffm.CHeader.Function;
import dev.tern.ffm.CHeader.Type;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.GroupLayout;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.PaddingLayout;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * What the generated bindings declare, in the terms of {@link CHeader}. Layouts and constants come from the classes;
 * descriptors from their source, since the classes that hold them can only be initialised with the library loaded.
 */
final class Bindings {
    private static final String PACKAGE = "dev.tern.ffm.bindings.";
    private static final Pattern DESCRIPTOR =
            Pattern.compile("private static class (\\w+) \\{\\s+public static final FunctionDescriptor DESC = "
                    + "FunctionDescriptor\\.(of|ofVoid)\\(([^;]*)\\);");

    private Bindings() {}

    /** How the bindings differ from {@code header}; empty where they agree. */
    static List<String> differences(final CHeader header, final String source) throws ReflectiveOperationException {
        final List<String> differences = new ArrayList<>();
        compare("function", header.functions(), functions(source), differences);
        compare("constant", header.constants(), constants(), differences);
        final Map<String, List<String>> expected = new LinkedHashMap<>();
        final Map<String, List<String>> bound = new LinkedHashMap<>();
        for (final Map.Entry<String, List<Field>> struct : header.structs().entrySet()) {
            expected.put(struct.getKey(), layout(struct.getValue()));
            bound.put(struct.getKey(), boundLayout(struct.getKey()));
        }
        compare("struct", expected, bound, differences);
        return differences;
    }

    private static void compare(
            final String kind, final Map<String, ?> header, final Map<String, ?> bindings, final List<String> out) {
        final Set<String> names = new LinkedHashSet<>(header.keySet());
        names.addAll(bindings.keySet());
        for (final String name : names) {
            final Object declared = header.get(name);
            final Object bound = bindings.get(name);
            if (declared == null || !declared.equals(bound)) {
                out.add(kind + " " + name + ": header " + declared + ", bindings " + bound);
            }
        }
    }

    private static Map<String, Function> functions(final String source) {
        final Map<String, Function> functions = new LinkedHashMap<>();
        for (final MatchResult match : DESCRIPTOR.matcher(source).results().toList()) {
            final List<Type> types = new ArrayList<>();
            Pattern.compile("\\.C_(\\w+)")
                    .matcher(match.group(3))
                    .results()
                    .forEach(type -> types.add(Type.valueOf(type.group(1))));
            final Type result = match.group(2).equals("of") ? types.removeFirst() : Type.VOID;
            functions.put(match.group(1), new Function(result, types));
        }
        return functions;
    }

    private static Map<String, Integer> constants() throws ReflectiveOperationException {
        final Map<String, Integer> constants = new LinkedHashMap<>();
        for (final Method method : Class.forName(PACKAGE + "LibTern").getDeclaredMethods()) {
            final boolean constant = method.getName().startsWith("TERN_") && method.getParameterCount() == 0;
            if (constant && Modifier.isPublic(method.getModifiers())) {
                constants.put(method.getName(), (Integer) method.invoke(null));
            }
        }
        return constants;
    }

    /** Each field as the platforms' C ABI lays it out, by natural alignment; last the size of the struct. */
    private static List<String> layout(final List<Field> fields) {
        final List<String> layout = new ArrayList<>();
        long offset = 0;
        long alignment = 1;
        for (final Field field : fields) {
            final long size = field.type() == Type.INT || field.type() == Type.FLOAT ? 4 : 8;
            offset = Math.ceilDiv(offset, size) * size;
            layout.add(field.type() + " " + field.name() + " at " + offset);
            offset += size;
            alignment = Math.max(alignment, size);
        }
        layout.add("size " + Math.ceilDiv(offset, alignment) * alignment);
        return layout;
    }

    private static List<String> boundLayout(final String struct) throws ReflectiveOperationException {
        final Class<?> type;
        try {
            type = Class.forName(PACKAGE + struct);
        } catch (final ClassNotFoundException unbound) {
            return List.of();
        }
        final GroupLayout layout = (GroupLayout) type.getMethod("layout").invoke(null);
        final List<String> fields = new ArrayList<>();
        for (final MemoryLayout member : layout.memberLayouts()) {
            if (!(member instanceof PaddingLayout)) {
                final String name = member.name().orElseThrow();
                final long offset = layout.byteOffset(MemoryLayout.PathElement.groupElement(name));
                fields.add(type(member) + " " + name + " at " + offset);
            }
        }
        fields.add("size " + layout.byteSize());
        return fields;
    }

    private static Type type(final MemoryLayout layout) {
        return switch (layout) {
            case ValueLayout.OfInt _ -> Type.INT;
            case ValueLayout.OfLong _ -> Type.LONG;
            case ValueLayout.OfFloat _ -> Type.FLOAT;
            case AddressLayout _ -> Type.POINTER;
            default -> throw new IllegalArgumentException("layout: got " + layout + ", allowed: fixed-width types");
        };
    }
}
