package io.engram.journal;

import static scala.jdk.javaapi.CollectionConverters.asJava;

import io.engram.log.LogChange;
import io.engram.log.LogDamagedException;
import io.engram.log.LogOverloadedException;
import io.engram.log.LogStore;
import io.engram.log.format.Entry;
import java.io.NotSerializableException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.persistence.AtomicWrite;
import org.apache.pekko.persistence.PersistentRepr;
import org.apache.pekko.persistence.journal.Tagged;
import org.apache.pekko.persistence.journal.japi.AsyncWriteJournal;
import org.apache.pekko.serialization.Serialization;
import org.apache.pekko.serialization.SerializationExtension;
import org.apache.pekko.serialization.Serializers;
import org.jspecify.annotations.Nullable;
import scala.concurrent.Future;
import scala.jdk.javaapi.FutureConverters;
import scala.util.Try;

/**
 * The Pekko Persistence journal on the node's {@link LogStore}: a persistence id is a log's name. Its settings are under
 * {@code engram.journal}.
 *
 * <p>Pekko makes one such actor; it serializes events on its own thread and hands them to the store, so that events of many
 * persistent actors share a forced write. An event that cannot be serialized is refused alone: its place in the log is
 * taken by a record that holds nothing. A write that the log refuses or cannot make fails, and Pekko stops the persistent
 * actor; started again it sees what the log says.
 */
public final class EngramJournal extends AsyncWriteJournal {
    /** A replay gives its thread back after so many records, so that many replays share few threads fairly. */
    private static final int RECORDS_AT_ONCE = 256;

    private final LogStore store;
    private final EventLogs logs;
    private final PayloadCodec codec;
    private final Executor replayExecutor;

    /** Called by Pekko. */
    public EngramJournal() {
        var system = context().system();
        var runtime = JournalRuntime.get(system);
        store = runtime.store();
        logs = runtime.logs();
        codec = new PayloadCodec(system);
        replayExecutor = system.dispatchers().lookup("engram.journal.replay-dispatcher");
    }

    /** An atomic write's records, or why it is refused. */
    private record Prepared(List<LogChange.Content> records, Optional<Exception> refusal) {}

    @Override
    public Future<Iterable<Optional<Exception>>> doAsyncWriteMessages(Iterable<AtomicWrite> messages) {
        var outcomes = new ArrayList<Optional<Exception>>();
        // Pekko sends the writes of one actor at a time, but nothing in its contract says so.
        Map<String, List<LogChange.Content>> records = new LinkedHashMap<>();
        Map<String, Long> firsts = new LinkedHashMap<>();
        for (var write : messages) {
            var prepared = prepare(write);
            outcomes.add(prepared.refusal());
            firsts.putIfAbsent(write.persistenceId(), write.lowestSequenceNr());
            records.computeIfAbsent(write.persistenceId(), id -> new ArrayList<>())
                    .addAll(prepared.records());
        }
        var appends = records.entrySet().stream()
                .map(entry -> logs.append(entry.getKey(), firsts.getOrDefault(entry.getKey(), 0L), entry.getValue())
                        .toCompletableFuture())
                .toArray(CompletableFuture<?>[]::new);
        var all = CompletableFuture.allOf(appends).<Iterable<Optional<Exception>>>thenApply(done -> outcomes);
        return FutureConverters.asScala(all);
    }

    private Prepared prepare(AtomicWrite write) {
        var records = new ArrayList<LogChange.Content>(write.size());
        // Pekko leaves it to the journal to say when an event was written.
        var now = ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
        try {
            for (var representation : asJava(write.payload())) {
                records.add(new LogChange.Content(frame(representation).encode(), now));
            }
            return new Prepared(records, Optional.empty());
        } catch (NotSerializableException | RuntimeException e) {
            var nothing = new ArrayList<LogChange.Content>(write.size());
            for (var i = 0; i < write.size(); i++) {
                nothing.add(new LogChange.Content(EventFrame.nothing(), now));
            }
            return new Prepared(nothing, Optional.of(e));
        }
    }

    private EventFrame frame(PersistentRepr representation) throws NotSerializableException {
        var payload = representation.payload();
        List<String> tags = List.of();
        if (payload instanceof Tagged tagged) {
            payload = tagged.payload();
            tags = asJava(tagged.tags()).stream().sorted().toList();
        }
        @Nullable Object metadata = representation.metadata().getOrElse(() -> null);
        return new EventFrame(
                representation.writerUuid(),
                representation.manifest(),
                codec.serialize(payload),
                tags,
                metadata == null ? Optional.empty() : Optional.of(codec.serialize(metadata)));
    }

    @Override
    public Future<Void> doAsyncDeleteMessagesTo(String persistenceId, long toSequenceNr) {
        return FutureConverters.asScala(logs.truncateTo(persistenceId, toSequenceNr));
    }

    @Override
    public Future<Long> doAsyncReadHighestSequenceNr(String persistenceId, long fromSequenceNr) {
        return FutureConverters.asScala(logs.last(persistenceId));
    }

    @Override
    public Future<Void> doAsyncReplayMessages(
            String persistenceId, long from, long to, long max, Consumer<PersistentRepr> callback) {
        var replay = new Replay(persistenceId, from, to, max, callback);
        replayExecutor.execute(replay);
        return FutureConverters.asScala(replay.done);
    }

    /** One replay, which comes back to the executor until it is through. */
    private final class Replay implements Runnable {
        private final String log;
        private final long to;
        private final Consumer<PersistentRepr> callback;
        private final CompletableFuture<Void> done = new CompletableFuture<>();
        private long next;
        private long reached;
        private long left;

        Replay(String log, long from, long to, long max, Consumer<PersistentRepr> callback) {
            this.log = log;
            this.next = from;
            this.reached = from;
            this.to = to;
            this.left = max;
            this.callback = callback;
        }

        @Override
        public void run() {
            try {
                var before = next;
                var seen = new long[1];
                if (left > 0 && next <= to) {
                    next = store.read(log, next, to, RECORDS_AT_ONCE, entry -> {
                        seen[0]++;
                        if (logs.areReplicated()) {
                            requireReached(entry.index());
                        }
                        reached = entry.index() + 1;
                        give(entry);
                        return left > 0;
                    });
                }
                if (seen[0] < RECORDS_AT_ONCE || left == 0 || next > to || next <= before) {
                    if (logs.areReplicated() && left > 0) {
                        requireReached(to + 1);
                    }
                    done.complete(null);
                } else {
                    replayExecutor.execute(this);
                }
            } catch (Throwable e) {
                done.completeExceptionally(e);
            }
        }

        /** A log may be cut behind a newer snapshot than the one from which this goes on. */
        private void requireReached(long index) {
            if (reached < index) {
                throw new LogOverloadedException(
                        "the log of '%s' has just been cut behind %d; the newer snapshot is to be read"
                                .formatted(log, reached));
            }
        }

        private void give(Entry entry) {
            try {
                var frame = EventFrame.decode(entry.content());
                if (frame.isPresent()) {
                    callback.accept(representation(log, entry, frame.get()));
                    left--;
                }
            } catch (IllegalArgumentException e) {
                throw new LogDamagedException(log, entry.index(), String.valueOf(e.getMessage()), e);
            } catch (NotSerializableException e) {
                throw new IllegalStateException(
                        "log '%s', index %d: the event cannot be deserialized".formatted(log, entry.index()), e);
            }
        }
    }

    private PersistentRepr representation(String persistenceId, Entry entry, EventFrame frame)
            throws NotSerializableException {
        var representation = PersistentRepr.apply(
                        codec.deserialize(frame.event()),
                        entry.index(),
                        persistenceId,
                        frame.adapterManifest(),
                        false,
                        ActorRef.noSender(),
                        frame.writerUuid())
                .withTimestamp(TimeUnit.MICROSECONDS.toMillis(entry.timeMicros()));
        return frame.metadata().isPresent()
                ? representation.withMetadata(codec.deserialize(frame.metadata().get()))
                : representation;
    }

    /** Pekko's serialization, in both directions. */
    static final class PayloadCodec {
        private final Serialization serialization;

        PayloadCodec(ActorSystem system) {
            serialization = SerializationExtension.get(system);
        }

        EventFrame.Payload serialize(Object object) throws NotSerializableException {
            var serializer = serialization.serializerFor(object.getClass());
            var manifest = Serializers.manifestFor(serializer, object);
            var bytes = get(serialization.serialize(object), object.getClass().getName());
            return new EventFrame.Payload(serializer.identifier(), manifest, bytes);
        }

        Object deserialize(EventFrame.Payload payload) throws NotSerializableException {
            return get(
                    serialization.deserialize(payload.bytes(), payload.serializerId(), payload.manifest()),
                    "serializer %d, manifest '%s'".formatted(payload.serializerId(), payload.manifest()));
        }

        private static <T> T get(Try<T> result, String what) throws NotSerializableException {
            if (result.isSuccess()) {
                return result.get();
            }
            var reason = result.failed().get();
            var exception = new NotSerializableException("%s: %s".formatted(what, reason));
            exception.initCause(reason);
            throw exception;
        }
    }
}
