package io.engram.cluster;

import io.engram.catalog.NodeEntry;
import java.util.Optional;
import java.util.UUID;

/**
 * A node that this one has met.
 *
 * @param entry as it describes itself
 * @param cluster to which it belongs; empty if to none yet
 */
record Neighbour(NodeEntry entry, Optional<UUID> cluster) {}
