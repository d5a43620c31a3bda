package io.engram.cluster;

import io.engram.catalog.AcceptorRecord;
import io.engram.catalog.Answer;
import io.engram.catalog.CatalogNode;
import io.engram.catalog.CatalogSettings;
import io.engram.catalog.Document;
import io.engram.catalog.Edit;
import io.engram.catalog.EditId;
import io.engram.catalog.Effect;
import io.engram.catalog.Envelope;
import io.engram.catalog.FoundingRefusal;
import io.engram.catalog.Incarnation;
import io.engram.catalog.NodeEntry;
import io.engram.catalog.Originator;
import io.engram.catalog.format.BadCatalogBytesException;
import io.engram.catalog.format.MessageCodec;
import io.engram.log.LogStore;
import io.engram.peer.Channel;
import io.engram.shard.Lane;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This node's part in the catalog at work: on a thread of its own, with its log, its way to the others, and a copy of the newest
 * document that it has heard of. Whoever changes the document tells the others its version, and they read it themselves;
 * what is lost on that way is caught up by a look from time to time.
 *
 * <p>All methods may be called by any thread, and none of them blocks.
 */
final class CatalogHost implements AutoCloseable {
    /** What a message on {@link Channel#CATALOG} begins with. */
    private static final byte ENVELOPE = 1;

    private static final byte HINT = 2;

    private static final Logger LOG = LoggerFactory.getLogger(CatalogHost.class);

    /** What the host needs of those around it. */
    interface Surroundings {
        /** Sends to whoever has this incarnation; may get lost. */
        void send(Incarnation to, Channel channel, byte[] message);

        /** Whom else there is to ask, and to tell of news. */
        Collection<Incarnation> others();

        /** The store has failed. */
        void failed(Throwable why);

        /** The cluster that was to be founded cannot be. */
        void notFounded(Incarnation by, FoundingRefusal refusal);
    }

    private final Incarnation self;
    private final long bootNonce;
    private final CatalogNode node;
    private final CatalogLog log;
    private final MessageCodec codec;
    private final Surroundings surroundings;
    private final Lane lane = new Lane("engram-catalog", () -> {});
    private final List<Consumer<Document>> listeners = new CopyOnWriteArrayList<>();
    private final Map<Long, CompletableFuture<Answer>> waiting = new HashMap<>();
    private volatile @Nullable Document current;
    private Effect.@Nullable Force unwritten;
    private boolean writing;
    private boolean reading;
    private boolean stopped;
    private long requests;
    private long edits;
    private volatile long changedAtNanos = System.nanoTime();
    private volatile boolean majorityAnswers;

    private CatalogHost(
            Incarnation self,
            CatalogLog log,
            CatalogSettings settings,
            Surroundings surroundings,
            RandomGenerator random) {
        this.self = self;
        this.bootNonce = random.nextLong();
        this.log = log;
        this.surroundings = surroundings;
        codec = new MessageCodec(settings.limits());
        node = new CatalogNode(self, bootNonce, log.record(), settings, random);
        // Only of what was chosen: the document that founded the generation. The newest is read at once.
        node.founding().ifPresent(founding -> current = founding);
    }

    static CatalogHost start(
            Incarnation self,
            LogStore store,
            CatalogSettings settings,
            Surroundings surroundings,
            RandomGenerator random) {
        var host = new CatalogHost(self, CatalogLog.open(store, settings.limits()), settings, surroundings, random);
        host.lane.start();
        host.run(host.node::start);
        return host;
    }

    // ---- what is known ----

    /** The newest document that this node has heard of; there may be newer ones. */
    Optional<Document> current() {
        return Optional.ofNullable(current);
    }

    /** Which cluster this node belongs to; empty if none yet. */
    Optional<UUID> cluster() {
        return current().map(document -> document.body().cluster());
    }

    /** Has a listener called for each newer document, on the catalog's thread, from now on. */
    void onDocument(Consumer<Document> listener) {
        listeners.add(listener);
    }

    /** When the document that is known last changed, on {@link System#nanoTime}. */
    long changedAtNanos() {
        return changedAtNanos;
    }

    /** Whether the last thing that was asked of the catalog was answered by a majority. */
    boolean majorityAnswers() {
        return majorityAnswers;
    }

    // ---- requests ----

    /**
     * Wants an edit. Asks again, under the same number, until it is decided or the time is up; but not if more waits already than
     * {@link CatalogSettings#requests}, which the answer says.
     */
    CompletionStage<Answer> edit(Edit edit, Duration timeout) {
        var result = new CompletableFuture<Answer>();
        lane.execute(() -> {
            var known = node.known().or(node::founding).map(Document::version).orElse(0L);
            var id = new EditId(new Originator(self, bootNonce), ++edits, known);
            ask(number -> node.edit(number, id, edit), System.nanoTime() + timeout.toNanos(), result);
        });
        return result;
    }

    /** Reads the newest document, from a majority. */
    CompletionStage<Answer> read(Duration timeout) {
        var result = new CompletableFuture<Answer>();
        lane.execute(() -> ask(node::read, System.nanoTime() + timeout.toNanos(), result));
        return result;
    }

    private interface Asking {
        List<Effect> ask(long number);
    }

    private void ask(Asking asking, long deadline, CompletableFuture<Answer> result) {
        if (stopped) {
            result.complete(new Answer.Unknown());
            return;
        }
        var number = ++requests;
        waiting.put(number, result);
        perform(asking.ask(number));
        lane.at(deadline, () -> {
            if (waiting.containsKey(number)) {
                perform(node.expire(number));
            }
        });
    }

    /** Looks for something newer, unless that is being done already. */
    void refresh() {
        lane.execute(() -> {
            if (!reading && node.founding().isPresent()) {
                reading = true;
                var result = new CompletableFuture<Answer>();
                result.whenComplete((answer, failure) -> reading = false);
                ask(node::read, System.nanoTime() + Duration.ofSeconds(10).toNanos(), result);
            }
        });
    }

    /** Asks somebody where the catalog is. */
    void locate(Incarnation guide) {
        run(() -> node.locate(guide));
    }

    /** Exactly these nodes are to found a cluster, if none of them belongs to one. */
    void found(List<NodeEntry> nodes, long buckets) {
        run(() -> node.discovered(nodes, UUID.randomUUID(), buckets));
    }

    /** A message of another node. What cannot be read is dropped. */
    void receive(byte[] message) {
        if (message.length < 1) {
            return;
        }
        switch (message[0]) {
            case ENVELOPE -> {
                try {
                    var rest = Arrays.copyOfRange(message, 1, message.length);
                    var envelope = codec.decode(rest);
                    run(() -> node.receive(envelope));
                } catch (BadCatalogBytesException e) {
                    LOG.warn("a message about the catalog cannot be read: {}", e.getMessage());
                }
            }
            case HINT -> {
                if (message.length == 1 + 8) {
                    var version = ByteBuffer.wrap(message).getLong(1);
                    if (current().map(Document::version).orElse(0L) < version) {
                        refresh();
                    }
                }
            }
            default -> LOG.warn("a message about the catalog is of the unknown kind {}", message[0]);
        }
    }

    // ---- on the catalog's thread ----

    private void run(Supplier<List<Effect>> action) {
        lane.execute(() -> {
            if (!stopped) {
                perform(action.get());
            }
        });
    }

    private void perform(List<Effect> effects) {
        for (var effect : effects) {
            switch (effect) {
                case Effect.Send(var envelope) -> send(envelope);
                case Effect.Force force -> {
                    unwritten = force;
                    write();
                }
                case Effect.Wake(var timer, var token, var delay) ->
                    lane.at(System.nanoTime() + delay * 1_000, () -> {
                        if (!stopped) {
                            perform(node.woken(timer, token));
                        }
                    });
                case Effect.Answered(var request, var answer) -> answered(request, answer);
                case Effect.Learned(var document) -> learned(document);
                case Effect.Lost() -> surroundings.others().forEach(each -> perform(node.locate(each)));
                case Effect.FoundingStopped(var by, var refusal) -> surroundings.notFounded(by, refusal);
            }
        }
    }

    private void send(Envelope envelope) {
        if (envelope.to().equals(self)) {
            run(() -> node.receive(envelope));
            return;
        }
        var bytes = codec.encode(envelope);
        surroundings.send(
                envelope.to(),
                Channel.CATALOG,
                ByteBuffer.allocate(1 + bytes.length).put(ENVELOPE).put(bytes).array());
    }

    private void write() {
        var force = unwritten;
        if (writing || force == null) {
            return;
        }
        writing = true;
        unwritten = null;
        founded(force.record());
        log.write(force.record())
                .whenComplete((done, failure) -> lane.execute(() -> {
                    writing = false;
                    if (failure != null) {
                        stopped = true;
                        perform(node.stop());
                        surroundings.failed(failure);
                    } else {
                        perform(node.forced(force.number()));
                        write();
                    }
                }));
    }

    /** A generation is known now whose first document nobody has read here yet. */
    private void founded(AcceptorRecord record) {
        record.founding()
                .filter(founding -> current == null
                        || founding.version() > current().map(Document::version).orElse(0L))
                .ifPresent(this::learned);
    }

    private void answered(long request, Answer answer) {
        majorityAnswers = !(answer instanceof Answer.Unknown) && !(answer instanceof Answer.NotTried);
        answer.chosen().ifPresent(this::learned);
        if (answer instanceof Answer.Applied(var document)) {
            var hint = ByteBuffer.allocate(1 + 8)
                    .put(HINT)
                    .putLong(document.version())
                    .array();
            surroundings.others().forEach(other -> surroundings.send(other, Channel.CATALOG, hint));
        }
        var result = waiting.remove(request);
        if (result != null) {
            result.complete(answer);
        }
    }

    private void learned(Document document) {
        var known = current;
        if (known != null && known.version() >= document.version()) {
            return;
        }
        current = document;
        changedAtNanos = System.nanoTime();
        listeners.forEach(listener -> listener.accept(document));
    }

    /** Tells everybody who waits that the outcome is unknown, and does nothing more. */
    @Override
    public void close() {
        lane.execute(() -> {
            stopped = true;
            perform(node.stop());
            lane.close();
        });
    }
}
