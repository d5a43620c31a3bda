package io.engram.space;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;

/** Tells whether two requests under one idempotency key are the same request. */
final class Fingerprint {
    private static final int BYTES = 16;

    private Fingerprint() {}

    /** Covers all that a client sent, and nothing that the server added. */
    static String of(RememberRequest request) {
        return digest("remember", request.id().orElse(""), SpaceCodec.canonical(request));
    }

    static String of(ForgetRequest request) {
        return digest("forget", request.id(), request.mode().name().getBytes(StandardCharsets.UTF_8));
    }

    private static String digest(String verb, String id, byte[] content) {
        try {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            sha.update(verb.getBytes(StandardCharsets.UTF_8));
            sha.update((byte) 0);
            sha.update(id.getBytes(StandardCharsets.UTF_8));
            sha.update((byte) 0);
            byte[] hash = sha.digest(content);
            return Base64.getEncoder().withoutPadding().encodeToString(Arrays.copyOf(hash, BYTES));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
