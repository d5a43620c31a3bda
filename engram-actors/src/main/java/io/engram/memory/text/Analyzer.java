package io.engram.memory.text;

import java.util.Arrays;
import org.tartarus.snowball.ext.englishStemmer;

/**
 * Splits texts into terms. Stateless for its callers: equal texts give equal terms for ever, since terms are found in
 * memories by comparing hashes.
 *
 * <ul>
 *   <li>The text is folded: compatibility forms, case and accents make no difference.
 *   <li>A word is a run of letters, digits and the marks that belong to them; everything else separates. A pictograph
 *       is a word of its own.
 *   <li>Scripts that are written without spaces (Han, kana, Hangul, Thai, Lao, Khmer, Burmese) give every character and
 *       every pair of neighbouring characters; a query uses the pairs, or the character where it stands alone.
 *   <li>Words of the letters a to z are stemmed with the Snowball stemmer for English (Porter 2). Other languages in
 *       that alphabet are cut in the same way on both sides, which finds fewer inflections but misses no equal word.
 *   <li>English stop words are kept, unstemmed and apart from content terms.
 * </ul>
 *
 * Not safe for use by several threads at once; cheap to make.
 */
public final class Analyzer {
    /** Goes up with every change in what a text is split into: terms that were kept under another one are made anew. */
    public static final int VERSION = 1;

    private static final int STOP_SALT = 0x5bd1e995;
    private static final int LONGEST_STEMMED = 40;
    private static final int CACHE_SIZE = 1 << 11;

    private final englishStemmer stemmer = new englishStemmer();
    // Words repeat, and stemming is most of the cost: a direct-mapped cache of the latest words.
    private final String[] cachedWords;
    private final int[] cachedTerms;

    private int[] terms = new int[32];
    private boolean[] stop = new boolean[32];
    private int count;
    private long textHash;

    /** An analyzer for many texts, with a cache of stems. */
    public Analyzer() {
        this(CACHE_SIZE);
    }

    private Analyzer(int cacheSize) {
        cachedWords = new String[cacheSize];
        cachedTerms = new int[cacheSize];
    }

    /** An analyzer for one text, without a cache. */
    public static Analyzer forOneText() {
        return new Analyzer(0);
    }

    /** Terms of a text that is stored. */
    public Analysis document(String text) {
        return analyze(text, true);
    }

    /** Terms of a text that is looked for. */
    public Analysis query(String text) {
        return analyze(text, false);
    }

    /** The words of a text as they are compared for sameness: folded, not stemmed, one space between. */
    public static String canonical(String text) {
        String folded = TextFolding.fold(text);
        StringBuilder out = new StringBuilder(folded.length());
        for (int i = 0; i < folded.length(); ) {
            int codePoint = folded.codePointAt(i);
            i += Character.charCount(codePoint);
            if (isWord(codePoint) || isPictograph(codePoint)) {
                out.appendCodePoint(codePoint);
            } else if (!out.isEmpty() && out.charAt(out.length() - 1) != ' ') {
                out.append(' ');
            }
        }
        return out.toString().strip();
    }

    private Analysis analyze(String text, boolean document) {
        String folded = TextFolding.fold(text);
        count = 0;
        textHash = 0;
        int i = 0;
        while (i < folded.length()) {
            int codePoint = folded.codePointAt(i);
            int width = Character.charCount(codePoint);
            if (isUnspaced(codePoint)) {
                int end = endOfUnspaced(folded, i);
                addUnspaced(folded, i, end, document);
                i = end;
            } else if (isWord(codePoint)) {
                int end = endOfWord(folded, i);
                addWord(folded.substring(i, end));
                i = end;
            } else {
                if (isPictograph(codePoint)) {
                    addPlain(folded, i, i + width);
                }
                i += width;
            }
        }
        return new Analysis(Arrays.copyOf(terms, count), Arrays.copyOf(stop, count), textHash);
    }

    private void addWord(String word) {
        mix(word, 0, word.length());
        if (cachedWords.length == 0) {
            boolean isStop = StopWords.contains(word);
            add(isStop ? stopTerm(word) : contentTerm(word), isStop);
            return;
        }
        boolean isStop = StopWords.contains(word);
        int slot = (word.hashCode() * 0x9E3779B9) >>> 21;
        if (!word.equals(cachedWords[slot])) {
            cachedWords[slot] = word;
            cachedTerms[slot] = isStop ? stopTerm(word) : contentTerm(word);
        }
        add(cachedTerms[slot], isStop);
    }

    private static int stopTerm(String word) {
        return hash(word, 0, word.length(), STOP_SALT);
    }

    private int contentTerm(String word) {
        String stem = isStemmed(word) ? stem(word) : word;
        return hash(stem, 0, stem.length(), 0);
    }

    private String stem(String word) {
        stemmer.setCurrent(word);
        stemmer.stem();
        return stemmer.getCurrent();
    }

    private static boolean isStemmed(String word) {
        if (word.length() < 3 || word.length() > LONGEST_STEMMED) {
            return false;
        }
        for (int i = 0; i < word.length(); i++) {
            char c = word.charAt(i);
            if (c < 'a' || c > 'z') {
                return false;
            }
        }
        return true;
    }

    private void addUnspaced(String text, int start, int end, boolean document) {
        mix(text, start, end);
        int previous = -1;
        int at = start;
        while (at < end) {
            int next = endOfCharacter(text, at, end);
            boolean alone = at == start && next == end;
            if (document || alone) {
                addTerm(text, at, next);
            }
            if (previous >= 0) {
                addTerm(text, previous, next);
            }
            previous = at;
            at = next;
        }
    }

    private void addPlain(String text, int start, int end) {
        mix(text, start, end);
        addTerm(text, start, end);
    }

    private void addTerm(String text, int start, int end) {
        add(hash(text, start, end, 0), false);
    }

    private void add(int term, boolean isStop) {
        if (count == terms.length) {
            terms = Arrays.copyOf(terms, count * 2);
            stop = Arrays.copyOf(stop, count * 2);
        }
        terms[count] = term;
        stop[count] = isStop;
        count++;
    }

    private void mix(String text, int start, int end) {
        long h = textHash == 0 ? 0x9E3779B97F4A7C15L : textHash;
        for (int i = start; i < end; i++) {
            h = (h ^ text.charAt(i)) * 0x100000001B3L;
        }
        // A separator, so that "ab c" and "a bc" differ.
        h = (h ^ 0x1F) * 0x100000001B3L;
        h ^= h >>> 29;
        textHash = h == 0 ? 1 : h;
    }

    private static int hash(String text, int start, int end, int salt) {
        int h = 0x811C9DC5 ^ salt;
        for (int i = start; i < end; i++) {
            h = (h ^ text.charAt(i)) * 0x01000193;
        }
        h ^= h >>> 16;
        h *= 0x85EBCA6B;
        h ^= h >>> 13;
        h *= 0xC2B2AE35;
        return h ^ (h >>> 16);
    }

    private static int endOfWord(String text, int start) {
        int i = start;
        while (i < text.length()) {
            int codePoint = text.codePointAt(i);
            if (!isWord(codePoint) || isUnspaced(codePoint)) {
                break;
            }
            i += Character.charCount(codePoint);
        }
        return i;
    }

    private static int endOfUnspaced(String text, int start) {
        int i = start;
        while (i < text.length()) {
            int codePoint = text.codePointAt(i);
            if (!isUnspaced(codePoint) && !isMark(codePoint)) {
                break;
            }
            i += Character.charCount(codePoint);
        }
        return i;
    }

    /** A base character with the marks that follow it. */
    private static int endOfCharacter(String text, int start, int end) {
        int i = start + Character.charCount(text.codePointAt(start));
        while (i < end && isMark(text.codePointAt(i))) {
            i += Character.charCount(text.codePointAt(i));
        }
        return i;
    }

    private static boolean isWord(int codePoint) {
        return Character.isLetterOrDigit(codePoint) || (codePoint >= 0x80 && isMark(codePoint));
    }

    private static boolean isMark(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.NON_SPACING_MARK, Character.COMBINING_SPACING_MARK, Character.ENCLOSING_MARK -> true;
            default -> false;
        };
    }

    private static boolean isPictograph(int codePoint) {
        return codePoint >= 0x80 && Character.getType(codePoint) == Character.OTHER_SYMBOL;
    }

    private static boolean isUnspaced(int codePoint) {
        if (codePoint < 0x0E00 || !Character.isLetter(codePoint)) {
            return false;
        }
        return switch (Character.UnicodeScript.of(codePoint)) {
            case HAN, HIRAGANA, KATAKANA, HANGUL, THAI, LAO, KHMER, MYANMAR, BOPOMOFO -> true;
            // The sign that lengthens a katakana vowel belongs to no one script.
            case COMMON -> codePoint == 0x30FC;
            default -> false;
        };
    }
}
