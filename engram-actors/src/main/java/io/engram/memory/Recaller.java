package io.engram.memory;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Answers a {@link RecallQuery}: what the cue brings to mind.
 *
 * <ol>
 *   <li>The best of the lexical list (content, people, places and tags) and of the vector list are fused. That gives
 *       their order; how strong they are altogether is given by how well the best of them meets the cue: the greater of
 *       its coverage and its calibrated similarity. So a cue that nothing answers activates weakly.
 *   <li>A memory's strength is {@code 0.5 + 0.5 * stored confidence}.
 *   <li>In HYBRID and SPREADING mode the memories just before and after a candidate in time receive a share of its
 *       activation (match times strength); of several, the greatest counts. It is added to their own match.
 *   <li>Activation = (match + received) * strength. Where a sum exceeds 1, all are scaled down alike.
 *   <li>Confidence = stored confidence * (0.5 + 0.5 * how well the memory itself meets the cue). The result's
 *       confidence is the mean of these, weighted by activation.
 * </ol>
 */
final class Recaller {
    private static final float VIVID_ABOVE = 0.7f;

    private final EngineState state;
    private final RecallQuery query;
    private final Evidence evidence;

    Recaller(EngineState state, RecallQuery query) {
        this.state = state;
        this.query = query;
        this.evidence = new Evidence(state, query.cue(), query.filter(), true);
    }

    RecallResult run() {
        Ranking ranking = rank();
        int[] rows = ranking.candidates();
        if (rows.length == 0) {
            return new RecallResult(List.of(), 0f, evidence.considered(), 0, 0);
        }
        Activations activations = new Activations(rows.length * 3);
        float best = 0f;
        for (int row : rows) {
            best = Math.max(best, evidence.strengthOfMatch(row));
        }
        for (int i = 0; i < rows.length; i++) {
            activations.match(rows[i], ranking.score(i) * best);
        }
        int hops = spread(activations, rows);
        return collect(activations, ranking, hops);
    }

    private Ranking rank() {
        int length = state.settings().listLength();
        TopRows byWords = new TopRows(state.rows(), length + 1);
        for (int i = 0; i < evidence.words.size(); i++) {
            int row = evidence.words.rows()[i];
            if (evidence.isVisible(row)) {
                byWords.offer(row, evidence.words.scores()[i]);
            }
        }
        TopRows byVector = new TopRows(state.rows(), length + 1);
        if (evidence.comparesVectors()) {
            for (int row = 0; row < state.rows().size(); row++) {
                float likeness = evidence.likeness(row);
                if (likeness > 0f && evidence.isVisible(row)) {
                    byVector.offer(row, likeness);
                }
            }
        }
        return new Ranking(state, evidence, byWords.drain(), byVector.drain(), length, query.fusion());
    }

    private int spread(Activations activations, int[] sources) {
        float share = switch (query.mode()) {
            case SIMILARITY -> 0f;
            case HYBRID -> state.settings().hybridSpread();
            case SPREADING -> state.settings().spreadingSpread();
        };
        if (share == 0f) {
            return 0;
        }
        int hops = 0;
        for (int row : sources) {
            float given = share * activations.matched(row) * strength(row);
            if (given > 0f) {
                hops |= give(activations, state.order().before(row, state.rows()), given);
                hops |= give(activations, state.order().after(row, state.rows()), given);
            }
        }
        return hops;
    }

    private int give(Activations activations, int neighbour, float activation) {
        if (neighbour < 0 || !evidence.isVisible(neighbour)) {
            return 0;
        }
        activations.receive(neighbour, activation);
        return 1;
    }

    private float strength(int row) {
        return 0.5f + 0.5f * state.rows().memory(row).body().confidence();
    }

    private RecallResult collect(Activations activations, Ranking ranking, int hops) {
        float most = 1f;
        int activated = 0;
        for (int i = 0; i < activations.size(); i++) {
            float sum = activations.sum(i) * strength(activations.row(i));
            most = Math.max(most, sum);
            activated += sum > 0f ? 1 : 0;
        }
        float threshold = query.threshold().orElse(0f);
        TopRows top = new TopRows(state.rows(), Math.min(query.maxResults(), activations.size()));
        for (int i = 0; i < activations.size(); i++) {
            float activation = activations.sum(i) * strength(activations.row(i)) / most;
            if (activation > 0f && activation >= threshold) {
                top.offer(activations.row(i), activation);
            }
        }
        List<Recollection> recollections = new ArrayList<>();
        Map<Recollection.Kind, Integer> ranks = new EnumMap<>(Recollection.Kind.class);
        double weighted = 0;
        double weights = 0;
        for (int row : top.drain()) {
            Recollection recollection = recollect(row, activations, ranking, most, ranks);
            recollections.add(recollection);
            weighted += recollection.confidence() * recollection.activation();
            weights += recollection.activation();
        }
        float confidence = weights == 0 ? 0f : (float) (weighted / weights);
        return new RecallResult(recollections, confidence, evidence.considered(), activated, hops);
    }

    private Recollection recollect(
            int row, Activations activations, Ranking ranking, float most, Map<Recollection.Kind, Integer> ranks) {
        Memory memory = state.rows().memory(row);
        int index = activations.indexOf(row);
        float strength = strength(row);
        float met = evidence.strengthOfMatch(row);
        float confidence = memory.body().confidence() * (0.5f + 0.5f * met);
        Recollection.Kind kind = confidence > VIVID_ABOVE ? Recollection.Kind.VIVID : Recollection.Kind.ASSOCIATED;
        ScoreParts parts = new ScoreParts(
                ranking.lexical(row),
                evidence.coverage(row),
                evidence.similarity(row),
                evidence.cosine(row),
                activations.received(index) / most,
                strength);
        float similarity = evidence.hasLikeness(row) ? evidence.similarity(row) : evidence.coverage(row);
        return new Recollection(
                memory,
                kind,
                ranks.merge(kind, 1, Integer::sum),
                confidence,
                activations.sum(index) * strength / most,
                similarity,
                parts);
    }

    /** Own match and received activation of a few rows. */
    private static final class Activations {
        private final int[] slots;
        private final int[] rows;
        private final float[] matched;
        private final float[] received;
        private int size;

        Activations(int most) {
            slots = new int[Integer.highestOneBit(most) * 4];
            Arrays.fill(slots, -1);
            rows = new int[most];
            matched = new float[most];
            received = new float[most];
        }

        void match(int row, float value) {
            matched[index(row)] = value;
        }

        void receive(int row, float value) {
            int index = index(row);
            received[index] = Math.max(received[index], value);
        }

        float matched(int row) {
            return matched[index(row)];
        }

        int size() {
            return size;
        }

        int row(int index) {
            return rows[index];
        }

        float sum(int index) {
            return matched[index] + received[index];
        }

        float received(int index) {
            return received[index];
        }

        int indexOf(int row) {
            return index(row);
        }

        private int index(int row) {
            int slot = (row * 0x9E3779B9) >>> 7 & (slots.length - 1);
            while (slots[slot] >= 0) {
                if (rows[slots[slot]] == row) {
                    return slots[slot];
                }
                slot = (slot + 1) & (slots.length - 1);
            }
            slots[slot] = size;
            rows[size] = row;
            return size++;
        }
    }
}
