package dev.tern.ffm;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * What a plain C header declares, in the little C that tern.h is written in: functions marked {@code TERN_API}, structs
 * of scalars and pointers, enumerators with values.
 */
record CHeader(Map<String, Function> functions, Map<String, List<Field>> structs, Map<String, Integer> constants) {
    /** A C type, as far as a call or a layout tells types apart. */
    enum Type {
        VOID,
        INT,
        LONG,
        FLOAT,
        POINTER
    }

    record Function(Type result, List<Type> parameters) {}

    record Field(Type type, String name) {}

    private static final Pattern COMMENT = Pattern.compile("//.*");
    private static final Pattern FUNCTION = Pattern.compile("TERN_API\\s+([^;()]*?)(\\w+)\\(([^)]*)\\);");
    private static final Pattern STRUCT = Pattern.compile("struct\\s+(\\w+)\\s*\\{([^}]*)\\};");
    private static final Pattern ENUM = Pattern.compile("enum\\b[^{;]*\\{([^}]*)\\};");
    private static final Pattern DECLARATION = Pattern.compile("(?:const\\s+)?(?:struct\\s+)?(\\w+)\\s*(\\*?)\\s*(.*)");
    private static final Pattern VALUE = Pattern.compile("(?:(\\d+)\\s*<<\\s*)?(\\d+)");

    static CHeader parse(final String text) {
        final String code = COMMENT.matcher(text).replaceAll("");
        final Map<String, Function> functions = new LinkedHashMap<>();
        matches(FUNCTION, code)
                .forEach(f -> functions.put(
                        f.group(2),
                        new Function(declaration(f.group(1)).getFirst().type(), parameters(f.group(3)))));
        final Map<String, List<Field>> structs = new LinkedHashMap<>();
        matches(STRUCT, code).forEach(s -> structs.put(s.group(1), fields(s.group(2), ";")));
        final Map<String, Integer> constants = new LinkedHashMap<>();
        matches(ENUM, code).forEach(e -> constants.putAll(enumerators(e.group(1))));
        return new CHeader(functions, structs, constants);
    }

    private static List<MatchResult> matches(final Pattern pattern, final String code) {
        return pattern.matcher(code).results().toList();
    }

    private static List<Type> parameters(final String text) {
        return text.strip().equals("void")
                ? List.of()
                : fields(text, ",").stream().map(Field::type).toList();
    }

    private static List<Field> fields(final String text, final String separator) {
        final List<Field> fields = new ArrayList<>();
        for (final String declaration : text.split(separator)) {
            if (!declaration.isBlank()) {
                fields.addAll(declaration(declaration));
            }
        }
        return fields;
    }

    /** The fields of {@code int32_t mr, nr}; a declaration without a name yields one field whose name is empty. */
    private static List<Field> declaration(final String text) {
        final MatchResult parts = matches(DECLARATION, text.strip()).getFirst();
        final Type type = parts.group(2).isEmpty() ? scalar(parts.group(1)) : Type.POINTER;
        final List<Field> fields = new ArrayList<>();
        for (final String name : parts.group(3).split(",")) {
            fields.add(new Field(type, name.strip()));
        }
        return fields;
    }

    private static Type scalar(final String name) {
        return switch (name) {
            case "void" -> Type.VOID;
            case "int32_t", "uint32_t" -> Type.INT;
            case "int64_t", "uint64_t" -> Type.LONG;
            case "float" -> Type.FLOAT;
            default -> throw new IllegalArgumentException("type: got " + name + ", allowed: fixed-width types");
        };
    }

    private static Map<String, Integer> enumerators(final String text) {
        final Map<String, Integer> constants = new LinkedHashMap<>();
        for (final String enumerator : text.split(",")) {
            final String[] parts = enumerator.split("=");
            final MatchResult value = matches(VALUE, parts[1].strip()).getFirst();
            final int last = Integer.parseInt(value.group(2));
            constants.put(parts[0].strip(), value.group(1) == null ? last : Integer.parseInt(value.group(1)) << last);
        }
        return constants;
    }
}
