package dev.tern.vector;

import dev.tern.Conv2d;
import dev.tern.DataType;
import dev.tern.Engine;
import dev.tern.Quantization;
import dev.tern.Window;
import dev.tern.testing.ConvCase;
import dev.tern.testing.ConvCases;
import dev.tern.testing.ConvDifferential;
import dev.tern.testing.GemmCase.Place;
import dev.tern.testing.GemmCase.Values;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The convolutions at this process's width against the reference, on one thread and on three. */
@EnabledIf("dev.tern.vector.HardwareWidth#isThere")
class ConvDifferentialTest {
    private static final List<DataType> OUTPUTS = List.of(DataType.S32, DataType.F32, DataType.S8, DataType.U8);

    private static Engine alone;
    private static Engine together;
    private static ConvDifferential differential;

    @BeforeAll
    static void openEngines() {
        alone = Engine.builder().device("cpu:vector").threads(1).build();
        together = Engine.builder().device("cpu:vector").threads(3).build();
        differential = new ConvDifferential(alone, together);
    }

    @AfterAll
    static void closeEngines() {
        differential.close();
        alone.close();
        together.close();
    }

    static Stream<ConvCase> cases() {
        final Stream<ConvCase> bytes = Stream.of(DataType.S8, DataType.U8)
                .flatMap(x -> OUTPUTS.stream().flatMap(y -> ConvCases.int8(x, y).stream()));
        final Stream<ConvCase> signs = OUTPUTS.stream().flatMap(y -> ConvCases.signs(y).stream());
        final Stream<ConvCase> floats = Stream.of(
                        ConvCases.f32(), ConvCases.backwardData(), ConvCases.backwardWeights())
                .flatMap(List::stream);
        return Stream.of(floats, bytes, signs).flatMap(of -> of);
    }

    /** Enough work to fork, with several blocks of positions, panels and pieces of k, each with a rest. */
    static Stream<ConvCase> large() {
        final Conv2d conv = Conv2d.of(17, 19, 70, 45, Window.of(3, 3).padding(1));
        final Conv2d narrow =
                Conv2d.of(23, 21, 3, 300, Window.of(5, 5).stride(2).padding(2));
        return Stream.of(
                        conv,
                        narrow,
                        conv.backwardData(),
                        narrow.backwardData(),
                        conv.backwardWeights(),
                        narrow.backwardWeights(),
                        conv.types(DataType.U8, DataType.S8, DataType.S32)
                                .quantization(Quantization.perTensor(1, 255), Quantization.perTensor(1, -128)),
                        conv.types(DataType.B1, DataType.B1, DataType.S32))
                .map(of -> new ConvCase(of, 2, 0, Values.RANDOM, Place.NATIVE));
    }

    @ParameterizedTest
    @MethodSource({"cases", "large"})
    void shouldAgreeWithTheReference(final ConvCase test) {
        if (test.conv().pass() != Conv2d.Pass.BACKWARD_WEIGHTS) {
            differential.checkPacked(test);
        }
        differential.checkUnpacked(test);
    }

    static Stream<ConvCase> scaledPositions() {
        return ConvCases.scaledPositions(ConvCases.signs(DataType.F32)).stream();
    }

    @ParameterizedTest
    @MethodSource("scaledPositions")
    void shouldScalePositions(final ConvCase test) {
        differential.checkPacked(test);
    }
}
