package io.engram.bench;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * A crude machine that says a text in other words: it replaces words that have a plain synonym, leaves out function words
 * and a third of the others, and puts the rest of the text before its beginning.
 */
final class Paraphrase {
    private static final int MOST_WORDS = 24;

    private static final Set<String> FUNCTION_WORDS = Set.of(
            "a", "an", "and", "are", "as", "at", "be", "been", "but", "by", "did", "do", "does", "for", "from", "had",
            "has", "have", "he", "her", "his", "i", "if", "in", "is", "it", "its", "it's", "me", "my", "no", "not",
            "of", "on", "one", "or", "our", "she", "so", "some", "that", "that's", "the", "their", "them", "then",
            "there", "they", "this", "to", "was", "we", "were", "what", "when", "which", "who", "will", "with", "would",
            "you", "your");

    private static final Map<String, String> SYNONYMS = synonyms(
            "big large",
            "small little",
            "man guy",
            "men guys",
            "woman lady",
            "women ladies",
            "child kid",
            "children kids",
            "money cash",
            "car automobile",
            "house home",
            "begin start",
            "end finish",
            "quick fast",
            "smart clever",
            "stupid dumb",
            "happy glad",
            "sad unhappy",
            "buy purchase",
            "speak talk",
            "say state",
            "said stated",
            "think believe",
            "thinks believes",
            "thought believed",
            "know understand",
            "knows understands",
            "see notice",
            "look gaze",
            "find discover",
            "found discovered",
            "make create",
            "makes creates",
            "made created",
            "get obtain",
            "give provide",
            "gives provides",
            "take grab",
            "help assist",
            "need require",
            "needs requires",
            "want desire",
            "wants desires",
            "love adore",
            "hate detest",
            "work labour",
            "job occupation",
            "problem difficulty",
            "problems difficulties",
            "answer reply",
            "question query",
            "always constantly",
            "never not ever",
            "often frequently",
            "sometimes occasionally",
            "great terrific",
            "good fine",
            "bad poor",
            "better superior",
            "best finest",
            "old aged",
            "new fresh",
            "young youthful",
            "world planet",
            "people folks",
            "person individual",
            "friend pal",
            "enemy foe",
            "death dying",
            "die perish",
            "dead deceased",
            "life existence",
            "live exist",
            "true correct",
            "false wrong",
            "truth reality",
            "wise sensible",
            "fool idiot",
            "book volume",
            "books volumes",
            "read peruse",
            "write compose",
            "computer machine",
            "computers machines",
            "program software",
            "doctor physician",
            "lawyer attorney",
            "teacher instructor",
            "school academy",
            "student pupil",
            "food nourishment",
            "eat consume",
            "drink beverage",
            "dog hound",
            "cat feline",
            "road street",
            "city town",
            "country nation",
            "government state",
            "war conflict",
            "peace calm",
            "law rule",
            "laws rules",
            "power might",
            "rich wealthy",
            "poor needy",
            "easy simple",
            "difficult hard",
            "impossible unachievable",
            "possible feasible",
            "important significant",
            "almost nearly",
            "enough sufficient",
            "only merely",
            "everything all things",
            "nothing not a thing",
            "everyone everybody",
            "someone somebody",
            "time moment",
            "year twelve months",
            "night evening",
            "day daytime",
            "mistake error",
            "mistakes errors",
            "try attempt",
            "tried attempted",
            "keep retain",
            "stop halt",
            "wait stay",
            "walk stroll",
            "run dash",
            "fight battle",
            "win triumph",
            "lose be beaten",
            "laugh giggle",
            "cry weep",
            "god the lord",
            "reason cause",
            "way manner",
            "thing object",
            "things objects",
            "marriage wedlock",
            "wife spouse",
            "husband spouse",
            "father dad",
            "mother mom");

    private Paraphrase() {}

    private static Map<String, String> synonyms(String... pairs) {
        var map = new HashMap<String, String>();
        for (var pair : pairs) {
            var parts = pair.split(" ", 2);
            map.put(parts[0], parts[1]);
        }
        return Map.copyOf(map);
    }

    /** How many different words of a phrase are more than function words. */
    static int tellingWords(String phrase) {
        var words = new HashSet<>(Corpus.words(phrase));
        words.removeAll(FUNCTION_WORDS);
        return words.size();
    }

    static String of(String text, Random random) {
        var kept = new ArrayList<String>();
        var words = Corpus.words(text);
        for (var word : words) {
            if (!FUNCTION_WORDS.contains(word) && random.nextInt(3) > 0) {
                kept.add(SYNONYMS.getOrDefault(word, word));
            }
        }
        if (kept.size() < 3) {
            kept.clear();
            words.forEach(word -> kept.add(SYNONYMS.getOrDefault(word, word)));
        }
        Collections.rotate(kept, kept.size() / 2);
        List<String> some = kept.subList(0, Math.min(kept.size(), MOST_WORDS));
        return String.join(" ", some);
    }
}
