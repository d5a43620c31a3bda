package io.engram.space;

import java.io.NotSerializableException;
import org.apache.pekko.serialization.SerializerWithStringManifest;

/** Connects {@link SpaceCodec} to Pekko's serialization; named in {@code reference.conf}. */
public final class SpaceSerializer extends SerializerWithStringManifest {
    /** Part of the log's format: never to be changed. */
    static final int IDENTIFIER = 74_321;

    @Override
    public int identifier() {
        return IDENTIFIER;
    }

    @Override
    public String manifest(Object value) {
        return SpaceCodec.manifest(value);
    }

    @Override
    public byte[] toBinary(Object value) {
        return SpaceCodec.encode(value);
    }

    @Override
    public Object fromBinary(byte[] bytes, String manifest) throws NotSerializableException {
        return SpaceCodec.decode(manifest, bytes);
    }
}
