package io.engram.catalog;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Somebody who wants edits, several at a time, and does not rest until each of them is decided: after a while without an
 * answer it gives up at one node and asks another for the same edit. It never concludes anything from silence.
 */
final class Client {
    /** An edit that is wanted. */
    static final class Wish {
        final EditId id;
        final Edit edit;
        final String key;
        final String winner;
        private boolean decided;
        private boolean asked;

        private Wish(EditId id, Edit edit, String key, String winner) {
            this.id = id;
            this.edit = edit;
            this.key = key;
            this.winner = winner;
        }

        boolean isDecided() {
            return decided;
        }
    }

    private final World world;
    private final String name;
    private final Originator originator;
    private final long patienceMicros;
    private final List<Wish> wishes = new ArrayList<>();
    private long numbers;
    private long knownVersion;
    private long reads;
    private long readsAnswered;

    Client(World world, String name, long patienceMicros) {
        this.world = world;
        this.name = name;
        this.patienceMicros = patienceMicros;
        originator = new Originator(new Incarnation(new UUID(world.random.nextLong(), 99)), world.random.nextLong());
    }

    List<Wish> undecided() {
        return wishes.stream().filter(wish -> !wish.decided).toList();
    }

    long decided() {
        return wishes.size() - undecided().size();
    }

    long readsAnswered() {
        return readsAnswered;
    }

    /** A step of an operation that several edits share. Its text is the edit's key. */
    Wish step() {
        var key = name + ":" + (numbers + 1);
        // Few enough steps for an operation to remember them all.
        var operation = "op-" + name + "-" + numbers / 32;
        var start = new Edit.StartOperation(
                new OperationEntry(operation, "test", "", "", OperationState.RUNNING, true, Table.empty(), List.of()));
        var step = new Edit.AdvanceOperation(
                operation,
                OperationState.RUNNING,
                new OperationStep(0, OperationState.RUNNING, key),
                true,
                Optional.empty());
        // Whichever of its edits comes first starts the operation: they may overtake each other.
        return wish(numbers % 32 == 0 ? new Edit.Batch(List.of(start, step)) : step, key, "");
    }

    /** Another configuration for a shard, over the epoch that is known. Of those who saw the same epoch one wins. */
    Wish propose(long shard, Document seen, List<Incarnation> members) {
        var epoch = seen.body().shards().get(shard).map(ShardEntry::epoch).orElse(0L);
        return wish(
                new Edit.ProposeShard(shard, epoch, members.getFirst(), members.subList(1, members.size())),
                "",
                "shard %d epoch %d".formatted(shard, epoch + 1));
    }

    Wish wish(Edit edit, String key, String winner) {
        var known = world.random.chance(0.5) ? knownVersion : Math.max(knownVersion, founded());
        var wish = new Wish(new EditId(originator, ++numbers, known), edit, key, winner);
        wishes.add(wish);
        ask(wish);
        return wish;
    }

    /** A founding document that some node knows is a chosen one. */
    private long founded() {
        return world.running().stream()
                .flatMap(machine -> machine.node().stream())
                .flatMap(node -> node.founding().stream())
                .mapToLong(Document::version)
                .max()
                .orElse(0);
    }

    private void ask(Wish wish) {
        if (wish.decided) {
            return;
        }
        if (world.flaw == Flaw.BELIEVES_AN_EDIT_LOST && wish.asked && !wish.key.isEmpty()) {
            believeLost(wish);
        }
        wish.asked = true;
        var running = world.running();
        if (!running.isEmpty()) {
            var machine = world.random.pick(running);
            var number = machine.edit(wish.id, wish.edit, answer -> answered(wish, answer));
            // A node that is slow is given up; the process may have died, and the number with it.
            var run = machine.process().run();
            number.ifPresent(given -> world.simulation.time().after(patienceMicros, () -> {
                if (machine.process().run() == run) {
                    machine.expire(given);
                }
            }));
            if (world.random.chance(0.1)) {
                // As a message that is sent twice.
                world.random.pick(running).edit(wish.id, wish.edit, answer -> answered(wish, answer));
            }
        }
        world.simulation.time().after(world.random.between(patienceMicros / 2, 2 * patienceMicros), () -> ask(wish));
    }

    /** What nobody may do: look whether the edit is there, and if it is not, conclude that it never will be. */
    private void believeLost(Wish wish) {
        var running = world.running();
        if (!running.isEmpty()) {
            world.random.pick(running).read(answer -> {
                if (answer instanceof Answer.Read(var document)
                        && !wish.decided
                        && !Oracle.steps(document).contains(wish.key)) {
                    wish.decided = true;
                    world.oracle.never(wish.key);
                }
            });
        }
    }

    private void answered(Wish wish, Answer answer) {
        answer.chosen().ifPresent(document -> knownVersion = Math.max(knownVersion, document.version()));
        world.oracle.answered(wish.id, wish.key, wish.winner, answer);
        var notReady = answer instanceof Answer.NotTried tried && tried.why() == Answer.Why.NOT_READY;
        if (notReady || !(answer instanceof Answer.Unknown) && !(answer instanceof Answer.NotTried)) {
            // New voters that are not there may never come. That edit is given up; it may still go through elsewhere.
            wish.decided = true;
        }
    }

    void read() {
        var running = world.running();
        if (running.isEmpty()) {
            return;
        }
        var before = world.oracle.tipVersion();
        reads++;
        var machine = world.random.pick(running);
        var run = machine.process().run();
        machine.read(answer -> {
                    if (answer instanceof Answer.Read(var document)) {
                        readsAnswered++;
                        knownVersion = Math.max(knownVersion, document.version());
                        world.oracle.read(before, document);
                    }
                })
                .ifPresent(given -> world.simulation.time().after(patienceMicros, () -> {
                    if (machine.process().run() == run) {
                        machine.expire(given);
                    }
                }));
    }

    long reads() {
        return reads;
    }
}
