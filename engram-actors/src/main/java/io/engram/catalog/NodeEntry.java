package io.engram.catalog;

import java.util.Optional;

/**
 * A node of the cluster.
 *
 * @param id its stable name
 * @param incarnation of its data folder
 * @param rack what fails together with it, if it was told
 * @param zone what fails together with its rack, if it was told
 * @param addresses where it is reached, as {@code host:port} by the name of the service
 * @param state what is agreed on about it
 */
public record NodeEntry(
        String id,
        Incarnation incarnation,
        Optional<String> rack,
        Optional<String> zone,
        Table<String, String> addresses,
        NodeState state) {
    public NodeEntry {
        CatalogLimits.name("a node's id", id);
        rack.ifPresent(each -> CatalogLimits.name("a rack", each));
        zone.ifPresent(each -> CatalogLimits.name("a zone", each));
        CatalogLimits.atMost("addresses", addresses.size(), CatalogLimits.DETAILS);
        addresses.asMap().forEach((service, address) -> {
            CatalogLimits.name("a service", service);
            CatalogLimits.name("an address", address);
        });
    }

    public NodeEntry withState(NodeState newState) {
        return new NodeEntry(id, incarnation, rack, zone, addresses, newState);
    }
}
