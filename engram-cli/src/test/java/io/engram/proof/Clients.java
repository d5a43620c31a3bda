package io.engram.proof;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;

/**
 * Clients that write new texts, replace some and remove some, each its own, in all spaces. They live as long as the
 * test; each {@link #start} sends them against a target until it is gone or they are stopped.
 */
public final class Clients {
    private final Ledger ledger;
    private final long seed;
    private final int count;
    private final int spaces;
    /** The texts of each client. */
    private final List<List<Ledger.Place>> own = new ArrayList<>();

    private int runs;

    public Clients(Ledger ledger, long seed, int count, int spaces) {
        this.ledger = ledger;
        this.seed = seed;
        this.count = count;
        this.spaces = spaces;
        for (var client = 0; client < count; client++) {
            own.add(new ArrayList<>());
        }
    }

    /** The clients at work. */
    public final class Run implements AutoCloseable {
        private final ExecutorService threads = Executors.newThreadPerTaskExecutor(
                Thread.ofPlatform().name("client-", 0).factory());
        private final List<Future<?>> running = new ArrayList<>();
        private final AtomicBoolean stopped = new AtomicBoolean();
        private final long before = ledger.acknowledged();

        private Run(Target target, int run) {
            for (var client = 0; client < count; client++) {
                var number = client;
                running.add(threads.submit(() -> {
                    work(target, number, run, stopped);
                    return null;
                }));
            }
        }

        /** Waits until so many writes were acknowledged in this run, or all clients have ended. */
        public void awaitAcknowledged(long writes) {
            Awaitility.await()
                    .atMost(Duration.ofSeconds(120))
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(1))
                    .until(() -> ledger.acknowledged() - before >= writes
                            || running.stream().allMatch(Future::isDone));
        }

        public long acknowledged() {
            return ledger.acknowledged() - before;
        }

        /** Takes the clients away and waits for their last answers. */
        @Override
        public void close() throws InterruptedException {
            stopped.set(true);
            try {
                for (var each : running) {
                    each.get(120, TimeUnit.SECONDS);
                }
            } catch (ExecutionException | java.util.concurrent.TimeoutException e) {
                throw new IllegalStateException("a client failed", e);
            } finally {
                threads.shutdownNow();
            }
        }
    }

    public Run start(Target target) {
        return new Run(target, ++runs);
    }

    private void work(Target target, int client, int run, AtomicBoolean stopped) throws InterruptedException {
        var random = new Random(seed * 1_000_003 + run * 1_009L + client);
        var places = own.get(client);
        for (var n = 0; !stopped.get(); n++) {
            var kind = random.nextInt(100);
            var place = kind < 25 && !places.isEmpty()
                    ? places.get(random.nextInt(places.size()))
                    : newPlace(client, run, n, random);
            var exists = ledger.isThere(place.space(), place.token());
            if (!exists && !places.isEmpty() && places.contains(place)) {
                // It is open, or was removed for good.
                continue;
            }
            var removes = exists && kind < 12;
            if (!exists) {
                places.add(place);
            }
            var key = "key-%d-%d-%d".formatted(client, run, n);
            var change = ledger.begin(place.space(), place.token(), removes, random.nextInt(4) == 0, key);
            var reply = target.write(change);
            ledger.end(change, reply);
            if (Ledger.endsClient(reply)) {
                return;
            }
            readBack(target, random, places, change, reply);
        }
    }

    /** Reads what was just written, or something that was written before; nobody else writes it. */
    private void readBack(
            Target target, Random random, List<Ledger.Place> places, Target.Change change, Target.Reply reply)
            throws InterruptedException {
        var choice = random.nextInt(4);
        if (choice == 0 && reply.answer() == Target.Answer.DONE) {
            var place = new Ledger.Place(change.space(), change.token());
            read(target, place, reply.id().or(change::id));
        } else if (choice == 1 && !places.isEmpty()) {
            var place = places.get(random.nextInt(places.size()));
            read(target, place, ledger.idOf(place));
        }
    }

    private void read(Target target, Ledger.Place place, Optional<String> id) throws InterruptedException {
        if (id.isPresent()) {
            target.read(place.space(), id.get()).ifPresent(read -> ledger.read(place, read));
        }
    }

    private Ledger.Place newPlace(int client, int run, int n, Random random) {
        // One space gets half of everything, so that its snapshots follow close on each other.
        var space = random.nextBoolean() ? 0 : random.nextInt(spaces);
        return new Ledger.Place("space-" + space, "t-%d-%d-%d".formatted(client, run, n));
    }

    /** Asks again, as it was asked before, for about every second change whose outcome is open. */
    public Optional<String> retry(Target target, Random random) throws InterruptedException {
        for (var change : ledger.open()) {
            if (random.nextBoolean()) {
                continue;
            }
            var reply = target.write(change);
            if (reply.answer() != Target.Answer.DONE) {
                return Optional.of("asked again with the same key, %s/%s was answered %s"
                        .formatted(change.space(), change.token(), reply.words()));
            }
            ledger.end(change, reply);
        }
        return Optional.empty();
    }
}
