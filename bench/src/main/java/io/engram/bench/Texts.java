package io.engram.bench;

import java.util.List;
import java.util.SplittableRandom;

/** Made texts that read like notes: the same for the same seed, and no two alike within one run. */
final class Texts {
    private static final List<String> WHO = List.of(
            "Maria",
            "the night nurse",
            "our neighbour Ahmed",
            "the bicycle courier",
            "Professor Lind",
            "my sister",
            "the harbour pilot",
            "the new intern",
            "Captain Oduya",
            "the librarian",
            "old Mr Tanaka",
            "the beekeeper",
            "a retired miner",
            "the choir's tenor",
            "the train driver",
            "Inspector Vega",
            "the baker's son",
            "the chess champion",
            "our landlady",
            "the glass blower");
    private static final List<String> DID = List.of(
            "repaired",
            "lost",
            "painted",
            "sold",
            "borrowed",
            "photographed",
            "hid",
            "weighed",
            "translated",
            "auctioned",
            "described",
            "returned",
            "measured",
            "insured",
            "smuggled",
            "polished",
            "catalogued",
            "buried",
            "inherited",
            "forgot");
    private static final List<String> WHAT = List.of(
            "the copper kettle",
            "a box of letters",
            "the blue bicycle",
            "an old violin",
            "the greenhouse keys",
            "three silver spoons",
            "the map of the delta",
            "a crate of oranges",
            "the broken telescope",
            "a wedding dress",
            "the lighthouse lamp",
            "two tickets to Vienna",
            "the sheep dog",
            "a jar of saffron",
            "the family clock",
            "an unsigned contract",
            "the red sailing boat",
            "a bag of cement",
            "the tax records",
            "a ceramic owl");
    private static final List<String> WHERE = List.of(
            "at the harbour",
            "behind the school",
            "in the attic",
            "on platform nine",
            "near the mill",
            "in the botanical garden",
            "under the bridge",
            "at the flea market",
            "in the cellar of the museum",
            "on the ferry",
            "at the border crossing",
            "in the hospital chapel",
            "beside the quarry",
            "in the concert hall",
            "at the weather station",
            "in a rented garage",
            "on the roof terrace",
            "at the town archive",
            "in the orchard",
            "by the swimming pool");
    private static final List<String> WHY = List.of(
            "because the rent was due",
            "after a quarrel with the mayor",
            "to win a bet",
            "for the summer exhibition",
            "before the storm arrived",
            "without telling anybody",
            "during the power cut",
            "as a birthday surprise",
            "since nobody else would",
            "when the factory closed",
            "for a documentary",
            "in exchange for a promise",
            "after the second operation",
            "while the guests were dancing",
            "on the doctor's advice",
            "to settle the estate",
            "because of the new law",
            "after reading the forecast",
            "for the sake of peace",
            "out of pure boredom");

    private static final int COMBINATIONS = WHO.size() * DID.size() * WHAT.size() * WHERE.size() * WHY.size();

    private final long seed;

    Texts(long seed) {
        this.seed = seed;
    }

    /** Text number {@code n}, from 0 to about three million. */
    String text(int n) {
        // A step that shares no factor with the number of combinations visits each of them once.
        long index = Math.floorMod(n * 1_000_003L + seed, (long) COMBINATIONS);
        var parts = parts((int) index);
        return "%s %s %s %s %s. Note %d."
                .formatted(capital(parts.get(0)), parts.get(1), parts.get(2), parts.get(3), parts.get(4), n);
    }

    /** A question in other order and with fewer words, which that text should answer. */
    String cue(int n, SplittableRandom random) {
        long index = Math.floorMod(n * 1_000_003L + seed, (long) COMBINATIONS);
        var parts = parts((int) index);
        return switch (random.nextInt(3)) {
            case 0 -> "who %s %s %s %s".formatted(parts.get(1), parts.get(2), parts.get(3), parts.get(4));
            case 1 -> "%s %s %s what %s did".formatted(parts.get(4), parts.get(3), parts.get(2), parts.get(0));
            default -> "why was it that %s %s %s %s".formatted(parts.get(0), parts.get(1), parts.get(2), parts.get(3));
        };
    }

    private static List<String> parts(int index) {
        int rest = index;
        var who = WHO.get(rest % WHO.size());
        rest /= WHO.size();
        var did = DID.get(rest % DID.size());
        rest /= DID.size();
        var what = WHAT.get(rest % WHAT.size());
        rest /= WHAT.size();
        var where = WHERE.get(rest % WHERE.size());
        rest /= WHERE.size();
        return List.of(who, did, what, where, WHY.get(rest % WHY.size()));
    }

    private static String capital(String text) {
        return Character.toUpperCase(text.charAt(0)) + text.substring(1);
    }

    /** As a JSON string literal. */
    static String quoted(String text) {
        var out = new StringBuilder(text.length() + 2).append('"');
        for (int i = 0; i < text.length(); i++) {
            char each = text.charAt(i);
            switch (each) {
                case '"', '\\' -> out.append('\\').append(each);
                case '\n' -> out.append("\\n");
                default -> {
                    if (each < ' ') {
                        out.append("\\u%04x".formatted((int) each));
                    } else {
                        out.append(each);
                    }
                }
            }
        }
        return out.append('"').toString();
    }
}
