package io.engram.memory;

/** How the lexical and the vector ranking become one. */
public enum Fusion {
    /** Each list is scaled to 0..1 and added with weights 0.3 (lexical) and 0.7 (vector). */
    WEIGHTED,
    /** Reciprocal rank fusion with k = 60 (Cormack, Clarke, Buettcher 2009). */
    RRF
}
