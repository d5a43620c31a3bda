package io.engram.memory;

/**
 * The parts of a score; a part that played no role is 0.
 *
 * @param lexical BM25 scaled to 0..1 within the query
 * @param coverage share of the cue's content terms, by weight, that the memory holds, 0 to 1
 * @param similarity calibrated similarity of the vectors, 0 to 1
 * @param cosine raw cosine of the vectors, -1 to 1; 0 where there was none
 * @param neighbour activation received from memories next to it in time, 0 to 1
 * @param strength the memory's own strength that the rest was multiplied with, 0 to 1
 */
public record ScoreParts(
        float lexical, float coverage, float similarity, float cosine, float neighbour, float strength) {}
