package io.engram.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class ModelVectorTest {
    @Test
    void quantisedValuesAreThoseOfTheUnitVector() {
        Random random = new Random(1);
        float[] vector = new float[384];
        double squares = 0;
        for (int i = 0; i < vector.length; i++) {
            vector[i] = (float) random.nextGaussian() * 7;
            squares += vector[i] * vector[i];
        }
        ModelVector quantised = ModelVector.quantise("m", vector);
        for (int i = 0; i < vector.length; i++) {
            assertThat((double) quantised.bytes()[i] * quantised.scale())
                    .isCloseTo(vector[i] / Math.sqrt(squares), within(quantised.scale() / 2.0 + 1e-6));
        }
    }

    @Test
    void theLengthOfTheInputMakesNoDifference() {
        assertThat(ModelVector.quantise("m", new float[] {3, -4}))
                .isEqualTo(ModelVector.quantise("m", new float[] {0.6f, -0.8f}));
        assertThat(ModelVector.quantise("m", new float[] {0, 0}).bytes()).containsOnly(0);
        assertThat(ModelVector.quantise("m", new float[] {Float.MAX_VALUE, 1}).bytes())
                .containsExactly(127, 0);
        assertThat(ModelVector.quantise("m", new float[] {Float.MIN_VALUE, 0}).bytes())
                .containsExactly(127, 0);
    }

    @Test
    void whatCannotBeScannedIsRefused() {
        assertThatThrownBy(() -> ModelVector.quantise("m", new float[] {Float.NaN}))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> ModelVector.quantise("m", new float[0])).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new ModelVector("m", new byte[] {-128}, 1f))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new ModelVector("m", new byte[] {1}, 0f)).isInstanceOf(IllegalArgumentException.class);
    }
}
