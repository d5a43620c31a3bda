package io.engram.memory;

/**
 * Gives equal short texts one place in memory, for the latest few thousand of them. Threads that race may each keep their
 * own; a text is whole wherever it is seen, since it is immutable.
 */
final class SharedTexts {
    private static final int SIZE = 1 << 12;
    private static final int LONGEST = 64;

    private final String[] latest = new String[SIZE];

    String get(String text) {
        if (text.length() > LONGEST) {
            return text;
        }
        int at = (text.hashCode() * 0x9E3779B9) >>> 20;
        String known = latest[at];
        if (text.equals(known)) {
            return known;
        }
        latest[at] = text;
        return text;
    }
}
