package io.engram.cluster;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import java.io.IOException;
import java.io.NotSerializableException;
import org.apache.pekko.serialization.SerializerWithStringManifest;

/**
 * What nodes say to each other before they are in a cluster, as CBOR with names, so that versions that do not go together can at
 * least say so: what is unknown is skipped. A name of another form is a new manifest.
 */
public final class IntroductionSerializer extends SerializerWithStringManifest {
    private static final String GREETING = "greeting-1";
    private static final String REFUSED = "refused-1";
    private static final int ID = 7_432_002;
    private static final int LARGEST = 128 << 10;

    private static final ObjectMapper CBOR = new ObjectMapper(CBORFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(8)
                            .maxStringLength(1_024)
                            .build())
                    .build())
            .registerModule(new Jdk8Module())
            .configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false)
            .configure(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES, true);

    @Override
    public int identifier() {
        return ID;
    }

    @Override
    public String manifest(Object message) {
        return switch (message) {
            case Introduction.Greeting _ -> GREETING;
            case Introduction.Refused _ -> REFUSED;
            default -> throw new IllegalArgumentException(message.getClass() + " is no introduction");
        };
    }

    @Override
    public byte[] toBinary(Object message) {
        try {
            return CBOR.writeValueAsBytes(message);
        } catch (JacksonException e) {
            throw new IllegalArgumentException("an introduction cannot be written", e);
        }
    }

    @Override
    public Object fromBinary(byte[] bytes, String manifest) throws NotSerializableException {
        if (bytes.length > LARGEST) {
            throw new NotSerializableException("an introduction of %d bytes is too large".formatted(bytes.length));
        }
        try {
            return switch (manifest) {
                case GREETING -> CBOR.readValue(bytes, Introduction.Greeting.class);
                case REFUSED -> CBOR.readValue(bytes, Introduction.Refused.class);
                default -> throw new NotSerializableException("'" + manifest + "' is no introduction");
            };
        } catch (NotSerializableException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            throw new NotSerializableException("an introduction cannot be read: " + e.getMessage());
        }
    }
}
