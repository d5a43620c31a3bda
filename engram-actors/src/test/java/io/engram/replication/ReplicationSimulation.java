package io.engram.replication;

import static io.engram.replication.Judge.require;

import io.engram.simulation.FaultCounts;
import io.engram.simulation.SeededRandom;
import io.engram.simulation.Simulation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * A cluster in one thread: nodes with their disks, a bad network, a catalog, clients, and somebody who breaks things. First
 * everything is broken at random for some seconds of its time; then the faults stop, and within bounded time everything must be
 * active, fully replicated and equal.
 */
final class ReplicationSimulation {
    static final String PROPOSED = "configuration proposed";
    static final String CATALOG_LOST = "catalog's answer lost";
    static final String STALE = "catalog read stale";
    static final String CLOSED = "primary closed";

    private static final long HEAL_MICROS = 60_000_000;

    final Simulation<Message> simulation;
    final ReplicationSettings settings;
    final Rules rules;
    private final SeededRandom random;
    private final LinkedHashMap<ReplicaId, SimNode> nodes = new LinkedHashMap<>();
    private final List<SimNode> slots = new ArrayList<>();
    private final LinkedHashMap<ShardId, Register> registers = new LinkedHashMap<>();
    private final Map<ShardId, Judge> judges = new HashMap<>();
    private final Map<ShardId, Long> openingSince = new HashMap<>();
    private final List<SimClient> clients = new ArrayList<>();
    private final int spaces;
    private int incarnations;
    private boolean quiet;
    private boolean scripted;
    private Trigger trigger = (_, _, _) -> {};
    long acknowledged;
    long reads;

    ReplicationSimulation(
            Simulation<Message> simulation, ReplicationSettings settings, Rules rules, int nodeCount, int shardCount) {
        this.simulation = simulation;
        this.settings = settings;
        this.rules = rules;
        random = simulation.random();
        spaces = 3;
        var ids = new ArrayList<ShardId>();
        for (var i = 0; i < shardCount; i++) {
            ids.add(new ShardId("p" + i));
        }
        for (var i = 0; i < nodeCount; i++) {
            slots.add(newNode(i));
        }
        for (var id : ids) {
            var members = slots.stream().limit(3).map(n -> n.id).toList();
            registers.put(id, new Register(new Configuration(1, random.pick(members), members)));
            judges.put(id, new Judge(register(id), () -> disks(id)));
        }
    }

    private SimNode newNode(int slot) {
        var node = new SimNode(this, "abcdefgh".charAt(slot) + "" + ++incarnations);
        nodes.put(node.id, node);
        return node;
    }

    // ---- what the parts ask ----

    List<ShardId> shards() {
        return List.copyOf(registers.keySet());
    }

    List<SimNode> nodes() {
        return slots;
    }

    Optional<SimNode> node(ReplicaId id) {
        return Optional.ofNullable(nodes.get(id)).filter(node -> !node.wiped);
    }

    Register register(ShardId id) {
        return Objects.requireNonNull(registers.get(id));
    }

    Judge judge(ShardId id) {
        return Objects.requireNonNull(judges.get(id));
    }

    int spaces() {
        return spaces;
    }

    /** Whether the faults have stopped. */
    boolean isQuiet() {
        return quiet;
    }

    void answered(SimClient.Operation operation, Outcome outcome) {
        if (outcome instanceof Outcome.Stored) {
            acknowledged++;
        } else if (outcome instanceof Outcome.Readable) {
            reads++;
        }
    }

    private Map<ReplicaId, StoredShard> disks(ShardId id) {
        var disks = new HashMap<ReplicaId, StoredShard>();
        for (var node : nodes.values()) {
            if (!node.wiped) {
                disks.put(node.id, node.durable(id));
            }
        }
        return disks;
    }

    /** Asks the catalog something; request or answer may be lost. The question gives what is done with the answer. */
    void ask(SimNode asker, Supplier<Runnable> question) {
        var run = asker.process.run();
        if (asker.cutFromCatalog) {
            return;
        }
        var lost = !quiet && random.chance(0.05);
        var lostBefore = random.nextBoolean();
        simulation.time().after(random.between(500, 5_000), () -> {
            if (lost && lostBefore) {
                return;
            }
            var answer = question.get();
            simulation.time().after(random.between(500, 5_000), () -> {
                if (lost) {
                    simulation.faults().add(CATALOG_LOST);
                } else {
                    asker.process.inRun(run, answer);
                }
            });
        });
    }

    // ---- the run ----

    /** Lets everything run and break, then heal. */
    void run(long faultMicros, Breaker breaker) {
        trigger = breaker::happens;
        begin();
        breaker.begin(faultMicros);
        simulation.time().runUntil(simulation.time().nowMicros() + faultMicros);
        heal();
        converge();
    }

    /** Something is happening at a node at which it may be worth to break something. */
    interface Trigger {
        void happens(SimNode node, ShardId id, Output output);
    }

    void happens(SimNode node, ShardId id, Output output) {
        if (!quiet) {
            trigger.happens(node, id, output);
        }
    }

    void begin() {
        for (var node : slots) {
            start(node);
        }
        for (var i = 0; i < 3; i++) {
            var client = new SimClient(this, "c" + i);
            clients.add(client);
            var space = "s" + i % spaces;
            simulation.time().after(1, () -> client.begin(random.pick(shards()), new SimClient.Create(space, 400_000)));
        }
    }

    void start(SimNode node) {
        node.start();
        if (!scripted) {
            shards().forEach(id -> watch(node, id));
        }
    }

    /** Nodes learn from the catalog and propose only what a script tells them, until {@link #letGo}. */
    void script() {
        scripted = true;
        slots.forEach(this::start);
    }

    /** Everything goes on by itself. */
    void letGo() {
        scripted = false;
        for (var node : slots) {
            if (node.process.isUp()) {
                shards().forEach(id -> watch(node, id));
            }
        }
    }

    void restart(SimNode node) {
        if (!node.process.isUp() && !node.wiped) {
            start(node);
        }
    }

    /** A node's disk is lost, and it comes back under its old identity: what must never be done. */
    void wipeKeepingIdentity(SimNode node) {
        node.crash();
        node.disk.wipe(StoredNode.EMPTY);
        start(node);
    }

    /** A node's disk is lost; another incarnation takes its place. */
    SimNode wipe(SimNode node) {
        var slot = slots.indexOf(node);
        node.wipe();
        var fresh = newNode(slot);
        slots.set(slot, fresh);
        start(fresh);
        return fresh;
    }

    // ---- who leads: what the cluster's placement does ----

    private void watch(SimNode node, ShardId id) {
        var period = random.between(50_000, 250_000);
        node.process.after(period, () -> {
            watch(node, id);
            ask(node, () -> {
                var stale = !quiet && random.chance(0.1);
                if (stale) {
                    simulation.faults().add(STALE);
                }
                var value = stale ? register(id).stale(random) : register(id).value();
                return () -> {
                    node.learns(id, value);
                    if (!stale) {
                        consider(node, id, value);
                    }
                };
            });
        });
    }

    private void consider(SimNode node, ShardId id, Register.Value value) {
        var newest = value.newest();
        var now = simulation.time().nowMicros();
        var since = openingSince.merge(id, now, Math::min);
        if (value.active()) {
            openingSince.put(id, now);
            since = now;
        }
        var primary = node(newest.primary());
        var stuck = now - since > 1_500_000;
        var headless = primary.isEmpty() || !primary.get().isUp();
        var mine = newest.primary().equals(node.id);
        var lost = mine && !node.leads(id, newest.epoch());
        if (lost || stuck || headless && random.chance(0.5)) {
            propose(node, id, value, members(node, newest, quiet), node.id);
        } else if (quiet && mine && node.isActive(id)) {
            var wanted = members(node, newest, true);
            if (!wanted.equals(List.copyOf(newest.members()))) {
                propose(node, id, value, wanted, node.id);
            }
        }
    }

    /** Members for a configuration that this node proposes. */
    private List<ReplicaId> members(SimNode node, Configuration current, boolean steady) {
        var members = new ArrayList<ReplicaId>();
        members.add(node.id);
        for (var member : current.members()) {
            if (!members.contains(member) && node(member).isPresent() && members.size() < 5) {
                members.add(member);
            }
        }
        if (steady) {
            for (var other : slots) {
                if (members.size() < 3 && other.isUp() && !members.contains(other.id)) {
                    members.add(other.id);
                }
            }
            return members.stream().limit(3).sorted().toList();
        }
        if (random.chance(0.3) && members.size() > 1) {
            members.removeLast();
        }
        if (random.chance(0.4)) {
            var other = random.pick(slots).id;
            if (!members.contains(other)) {
                members.add(other);
            }
        }
        return members.stream().sorted().toList();
    }

    void propose(SimNode by, ShardId id, Register.Value instead, List<ReplicaId> members, ReplicaId primary) {
        var next = new Configuration(instead.newest().epoch() + 1, primary, members);
        ask(by, () -> {
            if (register(id).propose(instead.newest().epoch(), next)) {
                simulation.faults().add(PROPOSED);
                simulation.trace(() -> "proposed " + next);
                openingSince.put(id, simulation.time().nowMicros());
            }
            var value = register(id).value();
            return () -> by.learns(id, value);
        });
    }

    /** An operator or the placement changes something, at some node. */
    void administer(SeededRandom dice) {
        var id = dice.pick(shards());
        var value = register(id).value();
        var members = new ArrayList<>(value.newest().members());
        members.removeIf(member -> node(member).isEmpty());
        var other = dice.pick(slots).id;
        if (!members.contains(other) && (members.size() < 5 && dice.nextBoolean() || members.isEmpty())) {
            members.add(other);
        } else if (members.size() > 1) {
            members.remove(dice.nextInt(members.size()));
            if (dice.nextBoolean() && !members.contains(other)) {
                members.add(other);
            }
        }
        var primary = members.contains(value.newest().primary()) && dice.chance(0.6)
                ? value.newest().primary()
                : dice.pick(members);
        propose(dice.pick(slots), id, value, members, primary);
    }

    /**
     * Whether a copy may be lost or damaged, so that what was acknowledged can still be found: a seal needs its quorum of whole
     * ones, in the active configuration, and in the one that is being opened, which may be active the next moment.
     */
    boolean maySpoil(SimNode node) {
        for (var id : shards()) {
            var value = register(id).value();
            if (value.lastActive().isEmpty()
                    || value.newest().members().size() < 3
                    || !bears(id, value.lastActive().get(), node)
                    || !bears(id, value.newest(), node)) {
                return false;
            }
        }
        return true;
    }

    private boolean bears(ShardId id, Configuration configuration, SimNode node) {
        var bad = 1;
        for (var member : configuration.members()) {
            var copy = node(member);
            if (copy.isEmpty()) {
                bad++;
            } else if (copy.get() != node
                    && (isDamaged(copy.get().durable(id))
                            || isDamaged(copy.get().written(id)))) {
                bad++;
            }
        }
        return !configuration.has(node.id) || bad <= configuration.members().size() - configuration.sealQuorum();
    }

    private static boolean isDamaged(StoredShard shard) {
        return !shard.state().whole()
                || shard.logs().values().stream().anyMatch(log -> !log.damaged().isEmpty());
    }

    // ---- the end ----

    void heal() {
        quiet = true;
        simulation.trace(() -> "the faults stop");
        simulation.network().healAll();
        simulation.network().setFaults(io.engram.simulation.NetworkFaults.NONE);
        for (var node : slots) {
            node.full = false;
            node.cutFromCatalog = false;
            node.disk.setFailing(false);
            node.process.thaw();
            restart(node);
        }
    }

    void converge() {
        var until = simulation.time().nowMicros() + HEAL_MICROS;
        var why = unfinished();
        while (why.isPresent() && simulation.time().nowMicros() < until) {
            simulation.time().runUntil(simulation.time().nowMicros() + 100_000);
            slots.forEach(node -> shards().forEach(node::scrub));
            why = unfinished();
        }
        if (why.isPresent()) {
            var state = new StringBuilder();
            for (var id : shards()) {
                state.append("\n").append(register(id).value());
                slots.forEach(node -> state.append("\n  ").append(node.describe(id)));
            }
            throw new AssertionError("still not well: " + why.get() + state);
        }
        for (var id : shards()) {
            judge(id).check();
            requireEachKeyOnce(id);
        }
    }

    /** What is not yet as it has to be in the end. */
    private Optional<String> unfinished() {
        for (var client : clients) {
            if (!client.isIdle()) {
                return Optional.of("a client waits: " + client);
            }
        }
        for (var id : shards()) {
            var value = register(id).value();
            if (!value.active()) {
                return Optional.of("opening: " + value.newest());
            }
            var members = value.newest().members();
            if (members.size() != Math.min(3, slots.size()) || members.stream().anyMatch(m -> node(m).isEmpty())) {
                return Optional.of("not as wanted: " + value.newest());
            }
            var primary = node(value.newest().primary()).orElseThrow();
            if (!primary.isActive(id)) {
                return Optional.of("the primary does not lead: " + value.newest());
            }
            var reference = primary.durable(id);
            for (var node : slots) {
                var shard = node.durable(id);
                if (!members.contains(node.id)) {
                    if (!notEmpty(shard).isEmpty() || shard.state().adopted() > 0) {
                        return Optional.of(node.id + " still has data");
                    }
                    continue;
                }
                if (isDamaged(shard)
                        || shard.state().adopted() != value.newest().epoch()) {
                    return Optional.of(node.id + " is not whole or has not adopted");
                }
                var have = notEmpty(shard);
                if (!have.equals(notEmpty(reference))) {
                    return Optional.of("%s has %s, not %s".formatted(node.id, have, notEmpty(reference)));
                }
                for (var log : have) {
                    if (!shard.log(log).last().equals(reference.log(log).last())) {
                        return Optional.of(
                                "%s: %s is %s, not %s".formatted(node.id, log, shard.log(log), reference.log(log)));
                    }
                    if (node.committed(id, log) != reference.log(log).last().index()) {
                        return Optional.of("%s knows %s as committed up to %d, not %s"
                                .formatted(node.id, log, node.committed(id, log), reference.log(log)));
                    }
                }
            }
        }
        return Optional.empty();
    }

    /** A log of which everything was cut is there without entries; so is one of which only a snapshot came. */
    private static List<LogName> notEmpty(StoredShard shard) {
        return shard.logs().entrySet().stream()
                .filter(log -> log.getValue().last().index() > 0)
                .map(log -> log.getKey())
                .toList();
    }

    private void requireEachKeyOnce(ShardId id) {
        var primary = node(register(id).value().newest().primary()).orElseThrow();
        primary.durable(id).logs().forEach((log, stored) -> {
            if (!log.isDirectory()) {
                var contents = stored.contentsUpTo(stored.last().index()).orElseThrow();
                require(
                        contents.stream().distinct().count() == contents.size(),
                        "a key is stored twice in %s: %s",
                        log,
                        contents);
            }
        });
    }

    FaultCounts faults() {
        return simulation.faults();
    }
}
