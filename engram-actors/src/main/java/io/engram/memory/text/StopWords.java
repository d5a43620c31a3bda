package io.engram.memory.text;

import java.util.Set;

/** English words that say nothing of what a text is about, with the fragments that contractions leave. */
final class StopWords {
    private static final Set<String> WORDS =
            Set.of(("a an the and or but nor so if then else than that this these those i me my mine myself we us our"
                + " ours ourselves you your yours yourself yourselves he him his himself she her hers herself it its"
                + " itself they them their theirs themselves who whom whose which what when where why how am is are"
                + " was were be been being do does did doing done have has had having will would shall should can"
                + " could may might must of in on at by for with about against between into through during before"
                + " after above below to from up down out off over under again further once here there all any both"
                + " each few more most other some such no not only own same too very just also as until while because"
                + " s t d ll m re ve don didn doesn isn aren wasn weren hasn haven hadn won wouldn shouldn couldn ain")
                    .split(" "));

    private StopWords() {}

    static boolean contains(String word) {
        return word.length() <= 10 && WORDS.contains(word);
    }
}
