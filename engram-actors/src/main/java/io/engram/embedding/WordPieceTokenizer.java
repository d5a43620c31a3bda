package io.engram.embedding;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.InputStream;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Splits text into the word pieces of an uncased BERT vocabulary: control characters dropped, ideographs standing
 * alone, accents and case folded, punctuation split off, then the longest piece that fits, greedily.
 *
 * <p>Names of control tokens in a text, such as {@code [SEP]}, are ordinary text here: nobody's content steers the
 * model. Immutable and safe for many threads. Source: J. Devlin et al., "BERT: Pre-training of Deep Bidirectional
 * Transformers for Language Understanding", 2019, and Y. Wu et al., "Google's Neural Machine Translation System",
 * 2016, for word pieces.
 */
final class WordPieceTokenizer {
    /** A word of more code points than this is not looked up. */
    private static final int MAX_WORD_CODE_POINTS = 100;

    private static final String CONTINUATION = "##";

    /** Pieces that begin a word. */
    private final Map<String, Integer> heads;
    /** Pieces that go on with a word, without the mark for it. */
    private final Map<String, Integer> tails;

    private final int longestPiece;
    private final int unknown;
    private final int start;
    private final int end;

    private WordPieceTokenizer(Map<String, Integer> heads, Map<String, Integer> tails) {
        this.heads = heads;
        this.tails = tails;
        this.unknown = special("[UNK]");
        this.start = special("[CLS]");
        this.end = special("[SEP]");
        int longest = 1;
        for (var piece : heads.keySet()) {
            longest = Math.max(longest, piece.length());
        }
        for (var piece : tails.keySet()) {
            longest = Math.max(longest, piece.length());
        }
        this.longestPiece = longest;
    }

    private int special(String token) {
        Integer id = heads.get(token);
        if (id == null) {
            throw new IllegalArgumentException("the vocabulary lacks " + token);
        }
        return id;
    }

    /**
     * Reads {@code model.vocab} of a tokenizer description in JSON; its settings for truncation and padding are not
     * looked at.
     *
     * @throws IOException if it cannot be read or holds no vocabulary
     */
    static WordPieceTokenizer read(InputStream json) throws IOException {
        var heads = HashMap.<String, Integer>newHashMap(32_768);
        var tails = HashMap.<String, Integer>newHashMap(8_192);
        try (var parser = new JsonFactory().createParser(json)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new IOException("the tokenizer's description is not a JSON object");
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                boolean model = parser.currentName().equals("model");
                parser.nextToken();
                if (!model) {
                    parser.skipChildren();
                    continue;
                }
                while (parser.nextToken() == JsonToken.FIELD_NAME) {
                    boolean vocabulary = parser.currentName().equals("vocab");
                    parser.nextToken();
                    if (!vocabulary) {
                        parser.skipChildren();
                        continue;
                    }
                    while (parser.nextToken() == JsonToken.FIELD_NAME) {
                        String piece = parser.currentName();
                        int id = parser.nextIntValue(-1);
                        add(piece, id, heads, tails);
                    }
                }
            }
        }
        if (heads.isEmpty()) {
            throw new IOException("the tokenizer's description holds no model.vocab");
        }
        return new WordPieceTokenizer(heads, tails);
    }

    /** Of a vocabulary whose ids are the places in the list. */
    static WordPieceTokenizer of(List<String> vocabulary) {
        var heads = HashMap.<String, Integer>newHashMap(vocabulary.size());
        var tails = HashMap.<String, Integer>newHashMap(vocabulary.size() / 4);
        for (int id = 0; id < vocabulary.size(); id++) {
            add(vocabulary.get(id), id, heads, tails);
        }
        return new WordPieceTokenizer(heads, tails);
    }

    private static void add(String piece, int id, Map<String, Integer> heads, Map<String, Integer> tails) {
        if (piece.startsWith(CONTINUATION) && piece.length() > CONTINUATION.length()) {
            tails.put(piece.substring(CONTINUATION.length()), id);
        } else {
            heads.put(piece, id);
        }
    }

    /** The pieces by their ids; an id that no piece has is an empty text. */
    List<String> vocabulary() {
        var last = Math.max(Collections.max(heads.values()), tails.isEmpty() ? 0 : Collections.max(tails.values()));
        var pieces = new ArrayList<>(Collections.nCopies(last + 1, ""));
        heads.forEach((piece, id) -> pieces.set(id, piece));
        tails.forEach((piece, id) -> pieces.set(id, CONTINUATION + piece));
        return pieces;
    }

    /**
     * The ids of the text's pieces between the marks of start and end.
     *
     * @param text any text; lone surrogates are dropped
     * @param maxTokens most ids to return, the two marks included, 2 or more; pieces beyond are left out
     */
    int[] encode(String text, int maxTokens) {
        if (maxTokens < 2) {
            throw new IllegalArgumentException("maxTokens must be 2 or more");
        }
        var out = new Ids(maxTokens - 1);
        out.add(start);
        var word = new StringBuilder();
        boolean plain = true;
        int i = 0;
        while (i < text.length() && !out.full()) {
            int c = text.codePointAt(i);
            i += Character.charCount(c);
            if (isDropped(c)) {
                continue;
            }
            if (isSpace(c)) {
                addWord(word, plain, out);
                plain = true;
            } else if (isIdeograph(c)) {
                addWord(word, plain, out);
                addWord(word.appendCodePoint(c), false, out);
                plain = true;
            } else {
                word.appendCodePoint(c);
                plain &= c < 128;
            }
        }
        addWord(word, plain, out);
        return out.finish(end);
    }

    /** Folds, splits at punctuation and looks up what lies between two spaces; empties {@code word}. */
    private void addWord(StringBuilder word, boolean plain, Ids out) {
        if (word.isEmpty()) {
            return;
        }
        var folded = plain ? foldPlain(word) : fold(word);
        word.setLength(0);
        int from = 0;
        for (int i = 0; i < folded.length(); ) {
            int c = folded.codePointAt(i);
            int next = i + Character.charCount(c);
            if (isPunctuation(c)) {
                addPieces(folded.substring(from, i), out);
                addPieces(folded.substring(i, next), out);
                from = next;
            }
            i = next;
        }
        addPieces(folded.substring(from), out);
    }

    /** Greedy longest match; a word that does not come out even is unknown as a whole. */
    private void addPieces(String word, Ids out) {
        if (word.isEmpty() || out.full()) {
            return;
        }
        if (word.length() > MAX_WORD_CODE_POINTS && word.codePointCount(0, word.length()) > MAX_WORD_CODE_POINTS) {
            out.add(unknown);
            return;
        }
        int mark = out.size;
        int from = 0;
        while (from < word.length()) {
            var pieces = from == 0 ? heads : tails;
            int to = Math.min(word.length(), from + longestPiece);
            Integer id = null;
            while (to > from) {
                id = lookUp(pieces, word, from, to);
                if (id != null) {
                    break;
                }
                to--;
            }
            if (id == null) {
                out.size = mark;
                out.add(unknown);
                return;
            }
            out.add(id);
            from = to;
        }
    }

    private static @Nullable Integer lookUp(Map<String, Integer> pieces, String word, int from, int to) {
        return pieces.get(word.substring(from, to));
    }

    private static String foldPlain(StringBuilder word) {
        for (int i = 0; i < word.length(); i++) {
            char c = word.charAt(i);
            if (c >= 'A' && c <= 'Z') {
                word.setCharAt(i, (char) (c + 32));
            }
        }
        return word.toString();
    }

    /** Canonical decomposition without its non-spacing marks, in lower case, code point by code point. */
    private static String fold(StringBuilder word) {
        var decomposed = Normalizer.normalize(word, Normalizer.Form.NFD);
        var folded = new StringBuilder(decomposed.length());
        decomposed
                .codePoints()
                .filter(c -> Character.getType(c) != Character.NON_SPACING_MARK)
                .map(Character::toLowerCase)
                .forEach(folded::appendCodePoint);
        return folded.toString();
    }

    private static boolean isDropped(int c) {
        if (c == '\t' || c == '\n' || c == '\r') {
            return false;
        }
        if (c < 128) {
            return c < 32 || c == 127;
        }
        if (c == 0xFFFD) {
            return true;
        }
        return switch (Character.getType(c)) {
            case Character.CONTROL, Character.FORMAT, Character.PRIVATE_USE, Character.SURROGATE -> true;
            default -> false;
        };
    }

    private static boolean isSpace(int c) {
        if (c < 128) {
            return c == ' ' || c == '\t' || c == '\n' || c == '\r';
        }
        return switch (Character.getType(c)) {
            case Character.SPACE_SEPARATOR, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> true;
            default -> false;
        };
    }

    private static boolean isIdeograph(int c) {
        return c >= 0x3400
                && ((c >= 0x4E00 && c <= 0x9FFF)
                        || (c <= 0x4DBF)
                        || (c >= 0xF900 && c <= 0xFAFF)
                        || (c >= 0x20000 && c <= 0x2A6DF)
                        || (c >= 0x2A700 && c <= 0x2B73F)
                        || (c >= 0x2B740 && c <= 0x2B81F)
                        || (c >= 0x2B820 && c <= 0x2CEAF)
                        || (c >= 0x2F800 && c <= 0x2FA1F));
    }

    private static boolean isPunctuation(int c) {
        if (c < 128) {
            return (c >= 33 && c <= 47) || (c >= 58 && c <= 64) || (c >= 91 && c <= 96) || (c >= 123 && c <= 126);
        }
        return switch (Character.getType(c)) {
            case Character.CONNECTOR_PUNCTUATION,
                    Character.DASH_PUNCTUATION,
                    Character.START_PUNCTUATION,
                    Character.END_PUNCTUATION,
                    Character.INITIAL_QUOTE_PUNCTUATION,
                    Character.FINAL_QUOTE_PUNCTUATION,
                    Character.OTHER_PUNCTUATION -> true;
            default -> false;
        };
    }

    /** A growing array with a bound; the last place is kept for the mark of the end. */
    private static final class Ids {
        private final int bound;
        private int[] ids = new int[32];
        private int size;

        Ids(int bound) {
            this.bound = bound;
        }

        /** Whether nothing that is added now would be kept. */
        boolean full() {
            return size >= bound;
        }

        void add(int id) {
            if (size == ids.length) {
                ids = Arrays.copyOf(ids, size * 2);
            }
            ids[size++] = id;
        }

        int[] finish(int end) {
            size = Math.min(size, bound);
            add(end);
            return Arrays.copyOf(ids, size);
        }
    }
}
