package io.engram.replication;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * What a replica keeps of a shard beside its logs, always forced before anything that depends on it is said.
 *
 * @param promised it takes nothing of a lower epoch any more; kept even after the data was removed
 * @param adopted the epoch whose start it holds in full; 0 if it holds none
 * @param started the highest epoch that it opened as primary
 * @param primary of the adopted epoch, the only one to whom it may have given a lease
 * @param leaseMicros the longest lease that it gives in the adopted epoch
 * @param whole false while damaged logs were cut and are not yet copied again: then what it holds proves nothing
 */
public record ShardState(
        long promised, long adopted, long started, Optional<ReplicaId> primary, long leaseMicros, boolean whole) {
    private static final byte VERSION = 1;

    /** A replica that has never heard of the shard. */
    public static final ShardState NONE = new ShardState(0, 0, 0, Optional.empty(), 0, true);

    ShardState withPromised(long epoch) {
        return new ShardState(epoch, adopted, started, primary, leaseMicros, whole);
    }

    ShardState withStarted(long epoch) {
        return new ShardState(promised, adopted, epoch, primary, leaseMicros, whole);
    }

    ShardState withAdopted(long epoch, ReplicaId by, long lease) {
        return new ShardState(Math.max(promised, epoch), epoch, started, Optional.of(by), lease, true);
    }

    ShardState notWhole() {
        return new ShardState(promised, adopted, started, primary, leaseMicros, false);
    }

    /** Without data; what was promised and started stays. */
    ShardState withoutData() {
        return new ShardState(promised, 0, started, primary, leaseMicros, true);
    }

    /** Version (1), promised, adopted, started, lease (8 each), whole (1), has a primary (1), its incarnation in UTF-8. */
    public byte[] toBytes() {
        var by = primary.map(ReplicaId::incarnation).orElse("").getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(1 + 4 * 8 + 2 + by.length)
                .put(VERSION)
                .putLong(promised)
                .putLong(adopted)
                .putLong(started)
                .putLong(leaseMicros)
                .put((byte) (whole ? 1 : 0))
                .put((byte) (primary.isPresent() ? 1 : 0))
                .put(by)
                .array();
    }

    /** @throws IllegalArgumentException if the bytes are of another version or cut short */
    public static ShardState of(byte[] bytes) {
        try {
            var buffer = ByteBuffer.wrap(bytes);
            if (buffer.get() != VERSION) {
                throw new IllegalArgumentException("a shard's state of an unknown version");
            }
            var promised = buffer.getLong();
            var adopted = buffer.getLong();
            var started = buffer.getLong();
            var lease = buffer.getLong();
            var whole = buffer.get() != 0;
            var led = buffer.get() != 0;
            var by = new byte[buffer.remaining()];
            buffer.get(by);
            return new ShardState(
                    promised,
                    adopted,
                    started,
                    led ? Optional.of(new ReplicaId(new String(by, StandardCharsets.UTF_8))) : Optional.empty(),
                    lease,
                    whole);
        } catch (BufferUnderflowException e) {
            throw new IllegalArgumentException("a shard's state is cut short", e);
        }
    }
}
