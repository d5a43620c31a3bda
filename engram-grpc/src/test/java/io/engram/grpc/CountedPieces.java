package io.engram.grpc;

import java.util.Iterator;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts what is asked of it and whether it was closed. */
final class CountedPieces implements Iterator<byte[]>, AutoCloseable {
    final AtomicInteger given = new AtomicInteger();
    final AtomicBoolean closed = new AtomicBoolean();
    private final int pieces;
    private final Optional<String> thenFails;

    CountedPieces(int pieces, Optional<String> thenFails) {
        this.pieces = pieces;
        this.thenFails = thenFails;
    }

    static byte[] piece(int number) {
        var bytes = new byte[100_000];
        new Random(number).nextBytes(bytes);
        return bytes;
    }

    @Override
    public boolean hasNext() {
        return given.get() < pieces || thenFails.isPresent();
    }

    @Override
    public byte[] next() {
        if (given.get() == pieces) {
            throw new IllegalStateException(thenFails.orElseThrow());
        }
        return piece(given.getAndIncrement());
    }

    @Override
    public void close() {
        closed.set(true);
    }
}
