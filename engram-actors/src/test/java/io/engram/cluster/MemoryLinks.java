package io.engram.cluster;

import io.engram.peer.Channel;
import io.engram.peer.Peer;
import io.engram.peer.PeerException;
import io.engram.peer.PeerHandler;
import io.engram.peer.PeerLinks;
import io.engram.trace.TraceContext;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** Nodes of one process that reach each other without a network, and can be cut off from each other. */
final class MemoryLinks {
    private final Map<UUID, PeerHandler> handlers = new ConcurrentHashMap<>();
    private static final AutoCloseable NOTHING = () -> {};

    private final Map<String, UnaryOperator<byte[]>> changes = new ConcurrentHashMap<>();
    private final Set<UUID> cutOff = ConcurrentHashMap.newKeySet();
    private final AtomicLong fetchedPieces = new AtomicLong();

    void put(UUID node, PeerHandler handler) {
        handlers.put(node, handler);
    }

    void remove(UUID node) {
        handlers.remove(node);
    }

    void cutOff(UUID node) {
        cutOff.add(node);
    }

    /** Has the questions of a method changed on their way. */
    void falsify(String method, UnaryOperator<byte[]> change) {
        changes.put(method, change);
    }

    void heal() {
        cutOff.clear();
    }

    /** How many pieces were fetched by anybody. */
    long fetchedPieces() {
        return fetchedPieces.get();
    }

    PeerLinks of(UUID self) {
        return new Links(self);
    }

    private final class Links implements PeerLinks {
        private final UUID self;
        private final ExecutorService executor = Executors.newSingleThreadExecutor(
                Thread.ofPlatform().daemon().name("test-links").factory());

        Links(UUID self) {
            this.self = self;
        }

        private boolean isOpen(Peer to) {
            return handlers.containsKey(to.incarnation())
                    && !cutOff.contains(self)
                    && !cutOff.contains(to.incarnation());
        }

        @Override
        public void send(Peer to, Channel channel, byte[] message) {
            executor.execute(() -> {
                var handler = handlers.get(to.incarnation());
                if (handler != null && isOpen(to)) {
                    handler.received(self, channel, message);
                }
            });
        }

        @Override
        public CompletionStage<byte[]> call(
                Peer to, String method, byte[] request, Duration timeout, TraceContext trace) {
            var handler = handlers.get(to.incarnation());
            return handler == null || !isOpen(to)
                    ? CompletableFuture.failedFuture(new PeerException("it cannot be reached", true))
                    : handler.called(
                                    self,
                                    method,
                                    changes.getOrDefault(method, bytes -> bytes).apply(request),
                                    timeout,
                                    trace)
                            .toCompletableFuture()
                            .copy()
                            .orTimeout(timeout.toMillis(), TimeUnit.MILLISECONDS);
        }

        @Override
        public CompletionStage<Void> fetch(Peer from, String what, byte[] request, Consumer<byte[]> piece) {
            var handler = handlers.get(from.incarnation());
            if (handler == null || !isOpen(from)) {
                return CompletableFuture.failedFuture(new PeerException("it cannot be reached", true));
            }
            return CompletableFuture.runAsync(
                    () -> {
                        var pieces = handler.fetched(self, what, request);
                        try (var resource = pieces instanceof AutoCloseable closeable ? closeable : NOTHING) {
                            while (pieces.hasNext()) {
                                if (!isOpen(from)) {
                                    throw new PeerException("it cannot be reached any more", false);
                                }
                                piece.accept(pieces.next());
                                fetchedPieces.incrementAndGet();
                            }
                        } catch (RuntimeException e) {
                            throw e;
                        } catch (Exception e) {
                            throw new IllegalStateException(e);
                        }
                    },
                    Thread.ofVirtual()::start);
        }

        @Override
        public State state(Peer peer) {
            return new State(isOpen(peer), 0, 0);
        }

        @Override
        public void forget(Peer peer) {}

        @Override
        public void close() {
            executor.shutdownNow();
        }
    }
}
