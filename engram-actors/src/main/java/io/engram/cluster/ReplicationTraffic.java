package io.engram.cluster;

import io.engram.catalog.Incarnation;
import io.engram.peer.Channel;
import io.engram.replication.Message;
import io.engram.replication.ReplicaId;
import io.engram.replication.format.BadMessageException;
import io.engram.replication.format.Batch;
import io.engram.replication.format.BatchWriter;
import io.engram.replication.format.Compression;
import io.engram.replication.format.Limits;
import io.engram.shard.ShardNetwork;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The messages of shards as bytes between nodes: those of many shards together. */
final class ReplicationTraffic implements ShardNetwork {
    private static final Logger LOG = LoggerFactory.getLogger(ReplicationTraffic.class);

    /** Sends bytes to whoever has an incarnation; they may get lost. */
    interface Wire {
        void send(Incarnation to, Channel channel, byte[] message);
    }

    private final Wire wire;
    private final Compression compression;
    private final int targetBytes;
    private final Limits limits;

    /** @param maxMessageBytes the most bytes of one message on the wire */
    ReplicationTraffic(Wire wire, Compression compression, int maxMessageBytes) {
        this.wire = wire;
        this.compression = compression;
        targetBytes = maxMessageBytes / 2;
        var standard = Limits.DEFAULTS;
        limits = new Limits(maxMessageBytes, standard.messages(), standard.items(), standard.nameBytes());
    }

    @Override
    public void send(ReplicaId to, List<Message> messages) {
        var incarnation = ShardMap.incarnation(to);
        var batch = new BatchWriter(compression, targetBytes, limits);
        for (var message : messages) {
            try {
                if (!batch.add(message)) {
                    wire.send(incarnation, Channel.REPLICATION, batch.take());
                    batch.add(message);
                }
            } catch (IllegalArgumentException e) {
                LOG.error("a message of shard {} cannot be sent: {}", message.shard(), e.getMessage());
            }
        }
        if (!batch.isEmpty()) {
            wire.send(incarnation, Channel.REPLICATION, batch.take());
        }
    }

    /** The messages of a batch; none if it cannot be read. */
    List<Message> read(byte[] bytes) {
        try {
            return Batch.read(bytes, limits).messages();
        } catch (BadMessageException e) {
            LOG.warn("a batch of replicated entries was refused: {}", e.getMessage());
            return List.of();
        }
    }
}
