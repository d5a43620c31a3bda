package io.engram.memory;

import io.engram.memory.image.ImageReader;
import io.engram.memory.image.ImageSource;
import io.engram.memory.image.ImageWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Random;

/** Engines to bytes and back, for tests. */
final class Images {
    private Images() {}

    static byte[] bytes(SpaceEngine engine) {
        var bytes = new ByteArrayOutputStream();
        try {
            var out = new ImageWriter(piece -> {
                while (piece.hasRemaining()) {
                    bytes.write(piece.get());
                }
            });
            engine.image().write(out);
            out.finish();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    static SpaceEngine engine(byte[] bytes) throws IOException {
        return engine(ImageSource.of(bytes));
    }

    static SpaceEngine engine(ImageSource source) throws IOException {
        var in = new ImageReader(source);
        SpaceEngine engine = EngineImage.read(in, EngineSettings.DEFAULT);
        if (in.next() != -1) {
            throw new IOException("the image goes on");
        }
        return engine;
    }

    /** The bytes in pieces of random length, so that every kind of value lies across two of them now and then. */
    static ImageSource inPieces(byte[] bytes, Random random) {
        return new ImageSource() {
            private int at;

            @Override
            public ByteBuffer next() {
                int length = Math.min(bytes.length - at, 1 + random.nextInt(40));
                at += length;
                return ByteBuffer.wrap(bytes, at - length, length);
            }

            @Override
            public long atMost() {
                return bytes.length - at;
            }
        };
    }
}
