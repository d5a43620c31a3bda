package io.engram.memory;

import java.util.List;

/**
 * What came to mind.
 *
 * @param recollections in order of activation over all kinds
 * @param confidence how far the result as a whole can be trusted, 0 to 1; 0 when nothing came to mind
 * @param considered memories that the cue was compared with
 * @param activated memories that received any activation
 * @param hops steps that activation spread, 0 or 1
 */
public record RecallResult(
        List<Recollection> recollections, float confidence, int considered, int activated, int hops) {
    public RecallResult {
        recollections = List.copyOf(recollections);
    }
}
