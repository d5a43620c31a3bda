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
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
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
    private final LongAdder sentBytes = new LongAdder();
    private final LongAdder receivedBytes = new LongAdder();

    /** @param maxMessageBytes the most bytes of one message on the wire */
    ReplicationTraffic(Wire wire, Compression compression, int maxMessageBytes) {
        this.wire = wire;
        this.compression = compression;
        targetBytes = maxMessageBytes / 2;
        var standard = Limits.DEFAULTS;
        limits = new Limits(maxMessageBytes, standard.messages(), standard.items(), standard.nameBytes());
    }

    void register(MeterRegistry meters) {
        register(meters, "out", sentBytes);
        register(meters, "in", receivedBytes);
    }

    private static void register(MeterRegistry meters, String direction, LongAdder bytes) {
        FunctionCounter.builder("engram_replication_bytes_total", bytes, LongAdder::sum)
                .description("Bytes of messages between the shards of nodes, as given to or taken from the network")
                .tag("direction", direction)
                .register(meters);
    }

    @Override
    public void send(ReplicaId to, List<Message> messages) {
        var incarnation = ShardMap.incarnation(to);
        var batch = new BatchWriter(compression, targetBytes, limits);
        for (var message : messages) {
            try {
                if (!batch.add(message)) {
                    sendNow(incarnation, batch.take());
                    batch.add(message);
                }
            } catch (IllegalArgumentException e) {
                LOG.error("a message of shard {} cannot be sent: {}", message.shard(), e.getMessage());
            }
        }
        if (!batch.isEmpty()) {
            sendNow(incarnation, batch.take());
        }
    }

    private void sendNow(Incarnation to, byte[] bytes) {
        sentBytes.add(bytes.length);
        wire.send(to, Channel.REPLICATION, bytes);
    }

    /** The messages of a batch; none if it cannot be read. */
    List<Message> read(byte[] bytes) {
        receivedBytes.add(bytes.length);
        try {
            return Batch.read(bytes, limits).messages();
        } catch (BadMessageException e) {
            LOG.warn("a batch of replicated entries was refused: {}", e.getMessage());
            return List.of();
        }
    }
}
