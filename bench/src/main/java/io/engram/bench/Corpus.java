package io.engram.bench;

import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.regex.Pattern;

/** Real texts, and for each of them a phrase that stands in no other and a text that says the same in other words. */
public final class Corpus {
    private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{N}]+(?:['’][\\p{L}]+)?");
    private static final int PHRASE_WORDS = 6;
    private static final int LONGEST = 2_000;

    /**
     * A text of the corpus.
     *
     * @param content what is remembered
     * @param phrase some words in a row that no other text of the corpus has
     * @param paraphrase the same in other words
     */
    public record Item(String content, String phrase, String paraphrase) {}

    private Corpus() {}

    /**
     * Texts from every file of a folder in the format of {@code fortune}: separated by lines with a single percent sign.
     * Texts without a phrase of their own (doublets, lists of dots) are left out.
     *
     * @param paraphrases hand-made ones by {@link #key}; the others are made by {@link Paraphrase}
     */
    public static List<Item> ofFortunes(Path folder, int most, long seed, Map<String, String> paraphrases)
            throws IOException {
        var texts = new ArrayList<String>();
        try (var files = Files.list(folder)) {
            for (var file : files.filter(Files::isRegularFile)
                    .filter(file -> !file.toString().matches(".*\\.(dat|u8)"))
                    .sorted()
                    .toList()) {
                texts.addAll(fortunes(file));
            }
        }
        Collections.shuffle(texts, new Random(seed));
        // Texts with a hand-made paraphrase come first, so that a small sample has them too.
        texts.sort(java.util.Comparator.comparing(text -> !paraphrases.containsKey(key(text))));
        var chosen = texts.subList(0, Math.min(texts.size(), most + most / 5));
        var random = new Random(seed);
        var items = new ArrayList<Item>();
        var phrases = ownPhrases(chosen);
        for (var text : chosen) {
            var phrase = Optional.ofNullable(phrases.get(text));
            if (phrase.isPresent() && items.size() < most) {
                var paraphrase = paraphrases.getOrDefault(key(text), Paraphrase.of(text, random));
                items.add(new Item(text, phrase.get(), paraphrase));
            }
        }
        return items;
    }

    /** Texts with their paraphrases. */
    public static List<Item> of(Map<String, String> paraphrasesByText) {
        var items = new ArrayList<Item>();
        ownPhrases(List.copyOf(paraphrasesByText.keySet()))
                .forEach((text, phrase) ->
                        items.add(new Item(text, phrase, paraphrasesByText.getOrDefault(text, phrase))));
        return items;
    }

    private static List<String> fortunes(Path file) throws IOException {
        String all;
        try {
            all = Files.readString(file);
        } catch (MalformedInputException e) {
            all = Files.readString(file, StandardCharsets.ISO_8859_1);
        }
        var texts = new ArrayList<String>();
        for (var text : all.split("(?m)^%$", -1)) {
            // Backspaces overstrike in these files; tabs indent.
            var clean = text.replaceAll(".\b", "")
                    .replaceAll("[\\p{Cntrl}&&[^\n\t]]", "")
                    .strip();
            if (clean.length() >= 25 && clean.length() <= LONGEST) {
                texts.add(clean);
            }
        }
        return texts;
    }

    /** Names a text without quoting it: the first half of the SHA-256 of its words. */
    public static String key(String text) {
        try {
            var digest = MessageDigest.getInstance("SHA-256")
                    .digest(String.join(" ", words(text)).getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, 6);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    static List<String> words(String text) {
        var words = new ArrayList<String>();
        var matcher = WORD.matcher(text.toLowerCase(Locale.ROOT));
        while (matcher.find()) {
            words.add(matcher.group());
        }
        return words;
    }

    /** For each text that has one, words in a row that occur in no other text, in the spelling of the text. */
    private static Map<String, String> ownPhrases(List<String> texts) {
        var owners = new HashMap<String, Integer>();
        for (int i = 0; i < texts.size(); i++) {
            var words = words(texts.get(i));
            for (int at = 0; at < words.size(); at++) {
                int owner = i;
                owners.merge(phrase(words, at), i, (old, _) -> old == owner ? owner : -1);
            }
        }
        var phrases = new LinkedHashMap<String, String>();
        for (int i = 0; i < texts.size(); i++) {
            var words = words(texts.get(i));
            int middle = Math.max(0, words.size() / 2 - PHRASE_WORDS / 2);
            // The most telling words that nobody else has in that order; of equally telling ones those in the middle.
            int best = 0;
            for (int step = 0; step < words.size(); step++) {
                int at = (middle + step) % words.size();
                boolean whole = at + PHRASE_WORDS <= words.size() || at == 0;
                var phrase = phrase(words, at);
                int telling = Paraphrase.tellingWords(phrase);
                if (whole && telling > best && owners.getOrDefault(phrase, -1) == i) {
                    phrases.put(texts.get(i), phrase);
                    best = telling;
                }
            }
        }
        return phrases;
    }

    private static String phrase(List<String> words, int at) {
        return String.join(" ", words.subList(at, Math.min(words.size(), at + PHRASE_WORDS)));
    }
}
