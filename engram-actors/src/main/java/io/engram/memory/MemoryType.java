package io.engram.memory;

/** The kind of a memory, after the usual division of long-term memory. */
public enum MemoryType {
    /** Something that happened at a time: "Ana moved to Lisbon in May". */
    EPISODIC,
    /** A fact without an occasion: "Lisbon is in Portugal". */
    SEMANTIC,
    /** How something is done. */
    PROCEDURAL,
    /** Held for the task at hand. */
    WORKING;

    /** The lower-case name that clients send and read. */
    public String wireName() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }
}
