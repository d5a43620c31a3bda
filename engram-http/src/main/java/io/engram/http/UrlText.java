package io.engram.http;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/** Percent-encoded text in addresses (RFC 3986), decoded strictly. */
final class UrlText {
    private UrlText() {}

    /**
     * Decodes {@code text}.
     *
     * @param plusIsSpace as in forms and, by custom, query strings
     * @throws Refusal with status 400 if an escape is broken or the bytes are not UTF-8
     */
    static String decode(String text, boolean plusIsSpace, String what) {
        var bytes = new ByteArrayOutputStream(text.length());
        for (int i = 0; i < text.length(); i++) {
            var c = text.charAt(i);
            if (c == '%') {
                var high = digit(text, i + 1);
                var low = high < 0 ? -1 : digit(text, i + 2);
                if (low < 0) {
                    throw Refusal.badRequest(what + " holds a broken percent escape");
                }
                bytes.write(high * 16 + low);
                i += 2;
            } else if (c == '+' && plusIsSpace) {
                bytes.write(' ');
            } else if (c < 0x80) {
                bytes.write(c);
            } else {
                throw Refusal.badRequest(what + " holds a character that must be percent-encoded");
            }
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(bytes.toByteArray()))
                    .toString();
        } catch (CharacterCodingException e) {
            throw Refusal.badRequest(what + " is not valid UTF-8");
        }
    }

    private static int digit(String text, int at) {
        return at < text.length() ? Character.digit(text.charAt(at), 16) : -1;
    }
}
