package io.engram.memory.image;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Where an image comes from, piece by piece. */
public interface ImageSource {
    /** The next piece, valid until the next call; one with nothing in it when there is no more. */
    ByteBuffer next() throws IOException;

    /** The most bytes that can still come, so that nobody makes room for more because of a damaged length. */
    long atMost();

    /** All of an array. */
    static ImageSource of(byte[] bytes) {
        return new ImageSource() {
            private boolean given;

            @Override
            public ByteBuffer next() {
                ByteBuffer piece = given ? ByteBuffer.allocate(0) : ByteBuffer.wrap(bytes);
                given = true;
                return piece;
            }

            @Override
            public long atMost() {
                return given ? 0 : bytes.length;
            }
        };
    }
}
