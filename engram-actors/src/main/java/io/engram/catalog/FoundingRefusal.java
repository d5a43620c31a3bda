package io.engram.catalog;

/** Why a node does not found this cluster. */
public enum FoundingRefusal {
    /** It belongs to a cluster already, and that one is to be joined. */
    IN_A_CLUSTER,
    /** It agreed to found another one before, and can never take that back. */
    AGREED_TO_ANOTHER,
    /** It sees other nodes than those that are named, or does not know yet whom it sees. */
    SEES_OTHERS,
    /** It is not named. */
    NOT_NAMED
}
