package io.engram.log.files;

import java.io.IOException;

/** Takes the keys and values of a new folder, each key once, in no particular order. */
public interface Sink {
    /** Takes nothing. */
    Sink NONE = (_, _) -> {};

    void put(byte[] key, byte[] value) throws IOException;
}
