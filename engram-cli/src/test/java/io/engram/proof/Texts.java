package io.engram.proof;

import java.util.Optional;
import java.util.Random;

/** Texts of which each says what it is: its space, its token and its version, and after that what follows from these. */
final class Texts {
    private static final int LARGE_ONE_OF = 40;

    private Texts() {}

    static String text(String space, String token, int version) {
        var head = space + "/" + token + " version " + version + ":";
        var random = new Random(head.hashCode());
        var words = random.nextInt(LARGE_ONE_OF) == 0 ? 1_500 : random.nextInt(120);
        var text = new StringBuilder(head);
        for (var word = 0; word < words; word++) {
            text.append(' ').append(Integer.toString(random.nextInt(1 << 24), 36));
        }
        return text.append(" .").toString();
    }

    /** The token in a text, if it is whole: exactly what was made for the space, token and version it names. */
    static Optional<String> wholeToken(String space, String text) {
        var slash = text.indexOf('/');
        var end = text.indexOf(" version ");
        var colon = text.indexOf(':', Math.max(0, end));
        if (slash < 0 || end < slash || colon < 0 || !text.substring(0, slash).equals(space)) {
            return Optional.empty();
        }
        var token = text.substring(slash + 1, end);
        try {
            var version = Integer.parseInt(text.substring(end + " version ".length(), colon));
            return text(space, token, version).equals(text) ? Optional.of(token) : Optional.empty();
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }
}
