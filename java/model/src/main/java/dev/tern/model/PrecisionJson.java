package dev.tern.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tern.DataType;
import dev.tern.Quantization;

/** Precisions and quantizations in JSON. */
final class PrecisionJson {
    private PrecisionJson() {}

    static void write(final ObjectNode json, final Precision precision) {
        json.put("type", precision.type().name());
        if (precision.isQuantized()) {
            write(json.putObject("quantization"), precision.quantization());
        }
    }

    static void write(final ObjectNode json, final Quantization quantization) {
        final ArrayNode scales = json.putArray("scales");
        final ArrayNode zeroPoints = json.putArray("zeroPoints");
        for (int channel = 0; channel < quantization.channels(); channel++) {
            scales.add(quantization.scale(channel));
            zeroPoints.add(quantization.zeroPoint(channel));
        }
    }

    static Precision read(final JsonNode json) {
        final DataType type = DataType.valueOf(JsonFields.text(json, "type"));
        final JsonNode quantization = json.path("quantization");
        return new Precision(type, quantization.isMissingNode() ? null : readQuantization(quantization));
    }

    static Quantization readQuantization(final JsonNode json) {
        final JsonNode scales = JsonFields.required(json, "scales");
        final JsonNode zeros = JsonFields.required(json, "zeroPoints");
        final float[] scale = new float[scales.size()];
        final int[] zeroPoint = new int[zeros.size()];
        for (int i = 0; i < scale.length; i++) {
            scale[i] = scales.get(i).decimalValue().floatValue();
        }
        for (int i = 0; i < zeroPoint.length; i++) {
            zeroPoint[i] = zeros.get(i).intValue();
        }
        return Quantization.perChannel(scale, zeroPoint);
    }
}
