package io.engram.cluster;

import io.engram.catalog.NodeEntry;
import io.engram.peer.Peer;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * Where other nodes' gRPC doors are: as they say themselves, else as the catalog says, which may be older. All methods may be
 * called by any thread; listeners are called by whoever changed something.
 */
public final class PeerBook {
    private final UUID self;
    private final List<Consumer<Peer>> listeners = new CopyOnWriteArrayList<>();
    private Map<UUID, Peer> met = Map.of();
    private Map<UUID, Peer> known = Map.of();

    /** @param self this node's incarnation, which is never in the book */
    public PeerBook(UUID self) {
        this.self = self;
    }

    /** Has those in it that introduced themselves. */
    public void met(Collection<Hello> nodes) {
        var changed = new HashMap<UUID, Peer>();
        for (var node : nodes) {
            node.grpc()
                    .ifPresent(door -> changed.put(
                            node.incarnation(), new Peer(node.nodeId(), node.incarnation(), door.host(), door.port())));
        }
        change(changed, true);
    }

    /** Has those in it that the catalog names, instead of those that an earlier one named. */
    public void known(Collection<NodeEntry> nodes) {
        var changed = new HashMap<UUID, Peer>();
        nodes.forEach(node -> peer(node).ifPresent(peer -> changed.put(peer.incarnation(), peer)));
        change(changed, false);
    }

    /** An entry whose address cannot be read tells nothing; the node's own word will come. */
    private static Optional<Peer> peer(NodeEntry node) {
        try {
            return node.addresses()
                    .get(Services.GRPC)
                    .map(HostPort::parse)
                    .map(door -> new Peer(node.id(), node.incarnation().id(), door.host(), door.port()));
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    private void change(Map<UUID, Peer> changed, boolean ofMet) {
        changed.remove(self);
        Map<UUID, Peer> before;
        Map<UUID, Peer> after;
        synchronized (this) {
            before = merged();
            if (ofMet) {
                // What was said once holds until the node says otherwise: a silent one may come back where it was.
                var all = new HashMap<>(met);
                all.putAll(changed);
                all.keySet().removeIf(each -> !changed.containsKey(each) && !known.containsKey(each));
                met = Map.copyOf(all);
            } else {
                known = Map.copyOf(changed);
            }
            after = merged();
        }
        after.forEach((incarnation, peer) -> {
            if (!peer.equals(before.get(incarnation))) {
                listeners.forEach(listener -> listener.accept(peer));
            }
        });
    }

    private Map<UUID, Peer> merged() {
        var all = new HashMap<>(known);
        all.putAll(met);
        return all;
    }

    /** How a node is reached; empty if nobody has said. */
    public synchronized Optional<Peer> find(UUID incarnation) {
        return Optional.ofNullable(met.get(incarnation)).or(() -> Optional.ofNullable(known.get(incarnation)));
    }

    /** All that are known. */
    public synchronized List<Peer> all() {
        return List.copyOf(merged().values());
    }

    /** Has a listener called with each that is new or is reached elsewhere from now on. */
    public void onChange(Consumer<Peer> listener) {
        listeners.add(listener);
    }
}
