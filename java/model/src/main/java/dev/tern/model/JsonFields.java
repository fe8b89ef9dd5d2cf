package dev.tern.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Fields that have to be there. */
final class JsonFields {
    private JsonFields() {}

    static String text(final JsonNode json, final String field) {
        return required(json, field).asText();
    }

    static float real(final JsonNode json, final String field) {
        return required(json, field).decimalValue().floatValue();
    }

    static int[] integers(final JsonNode json, final String field, final int count) {
        final JsonNode array = required(json, field);
        if (array.size() != count) {
            throw new IllegalArgumentException("'%s' is %s; wanted %d integers".formatted(field, array, count));
        }
        return IntStream.range(0, count).map(i -> array.get(i).intValue()).toArray();
    }

    static List<String> strings(final JsonNode json) {
        final List<String> strings = new ArrayList<>();
        json.forEach(element -> strings.add(element.asText()));
        return strings;
    }

    static JsonNode required(final JsonNode json, final String field) {
        final JsonNode value = json.get(field);
        if (value == null || value.isNull()) {
            throw new IllegalArgumentException("'%s' is missing".formatted(field));
        }
        return value;
    }
}
