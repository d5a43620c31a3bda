package io.engram.cluster;

/** The names under which a node's addresses stand in the catalog. */
final class Services {
    /** The gossip port. */
    static final String GOSSIP = "gossip";

    static final String GRPC = "grpc";
    static final String HTTP = "http";

    private Services() {}
}
