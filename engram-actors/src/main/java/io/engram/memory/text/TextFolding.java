package io.engram.memory.text;

import java.text.Normalizer;
import java.util.Locale;

/**
 * Makes texts equal that people take to be spelt alike: compatibility forms (NFKC), case, and accents are folded.
 *
 * <p>Marks are dropped where they are accents or optional vowels (Latin, Greek, Cyrillic, Arabic, Hebrew); marks that
 * are letters of their script (Devanagari vowels, Thai tones, the voicing of kana) stay.
 */
final class TextFolding {
    private static final int KANA_VOICED = 0x3099;
    private static final int KANA_SEMI_VOICED = 0x309A;

    private TextFolding() {}

    static String fold(String text) {
        if (isAscii(text)) {
            return text.toLowerCase(Locale.ROOT);
        }
        // Up and down again is the full case folding: it turns sharp s into ss and the final sigma into the plain one.
        String folded = Normalizer.normalize(text, Normalizer.Form.NFKC)
                .toUpperCase(Locale.ROOT)
                .toLowerCase(Locale.ROOT)
                .replace('\u03C2', '\u03C3');
        return Normalizer.normalize(dropMarks(Normalizer.normalize(folded, Normalizer.Form.NFKD)), Normalizer.Form.NFC);
    }

    private static boolean isAscii(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) >= 0x80) {
                return false;
            }
        }
        return true;
    }

    private static String dropMarks(String text) {
        StringBuilder kept = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); ) {
            int codePoint = text.codePointAt(i);
            i += Character.charCount(codePoint);
            if (!isAccent(codePoint)) {
                kept.appendCodePoint(codePoint);
            }
        }
        return kept.toString();
    }

    private static boolean isAccent(int codePoint) {
        if (Character.getType(codePoint) != Character.NON_SPACING_MARK
                || codePoint == KANA_VOICED
                || codePoint == KANA_SEMI_VOICED) {
            return false;
        }
        Character.UnicodeScript script = Character.UnicodeScript.of(codePoint);
        return script == Character.UnicodeScript.INHERITED
                || script == Character.UnicodeScript.HEBREW
                || script == Character.UnicodeScript.ARABIC
                || script == Character.UnicodeScript.CYRILLIC;
    }
}
