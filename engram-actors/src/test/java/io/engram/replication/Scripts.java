package io.engram.replication;

import io.engram.simulation.Simulation;

/** The bad histories that are known, as far as they do not come about by chance. */
enum Scripts {
    /** Figure 8 of the Raft paper, with the tails of two old primaries in the roles of the overwritten entries. */
    FIGURE_8(0, 3) {
        @Override
        void play(Script s) {
            begin(s);
            s.isolate("a");
            s.append("a", 1);
            s.pause(10_000);
            s.propose("b", "a", "b", "c");
            s.active();
            s.isolate("b");
            s.append("b", 1);
            s.pause(10_000);
            s.join("a");
            s.cut("a", "b");
            s.propose("c", "a", "b", "c");
            s.active();
            s.read("c", true);
            s.pause(20_000);
            s.isolate("a");
            s.heal("b", "c");
            s.propose("b", "a", "b", "c");
            s.active();
            s.read("b", true);
            s.pause(20_000);
        }
    },
    /** The primary has an entry alone, dies, comes back, and goes on as if nothing had been. */
    RESUMED_EPOCH(0, 3) {
        @Override
        void play(Script s) {
            begin(s);
            s.isolate("a");
            s.append("a", 1);
            s.pause(10_000);
            s.crash("a");
            s.restart("a");
            s.join("a");
            s.learns("a");
            s.pause(300_000);
            s.read("a", true);
            s.append("a", 1);
            s.pause(100_000);
        }
    },
    /** Those who gave leases forget them, or do not care, and the old primary still reads under them. */
    LEASE_HOLES(300_000, 3) {
        @Override
        void play(Script s) {
            begin(s);
            s.append("a", 1);
            s.pause(30_000);
            s.isolate("a");
            s.crash("b");
            s.crash("c");
            s.restart("b");
            s.restart("c");
            takeOver(s);
        }
    },
    /** As before, without a crash. */
    LEASE_KEPT(300_000, 3) {
        @Override
        void play(Script s) {
            begin(s);
            s.append("a", 1);
            s.pause(30_000);
            s.isolate("a");
            takeOver(s);
        }
    },
    /** An old primary that knows of nothing asks only those who once followed it. */
    STRICT_READ_OF_A_CUT_OFF_PRIMARY(0, 3) {
        @Override
        void play(Script s) {
            begin(s);
            s.isolate("a");
            takeOver(s);
            s.read("a", true);
            s.pause(20_000);
        }
    },
    /** A sealed replica takes another entry of the old epoch. */
    ENTRY_AFTER_THE_SEAL(0, 3) {
        @Override
        void play(Script s) {
            begin(s);
            s.cut("a", "c");
            s.propose("c", "a", "b", "c");
            s.await(() -> s.state("b").promised() == s.catalog().newest().epoch());
            s.pause(1_000);
            s.cut("b", "c");
            s.append("a", 1);
            s.pause(40_000);
            s.isolate("a");
            s.heal("b", "c");
            s.active();
            s.read("c", true);
            s.pause(40_000);
        }
    },
    /** A replica that left, and forgot what it had promised, helps an old primary. */
    PROMISE_OF_ONE_THAT_LEFT(0, 5) {
        @Override
        void play(Script s) {
            begin(s);
            s.cut("a", "c");
            s.cut("a", "d");
            s.cut("a", "e");
            s.cut("a", "b");
            s.propose("c", "c", "d", "e");
            s.active();
            s.learns("b");
            s.await(() -> s.state("b").adopted() == 0);
            s.heal("a", "b");
            s.append("a", 1);
            s.pause(300_000);
            s.append("a", 1);
            s.pause(100_000);
        }
    },
    /** What the catalog once said comes late. */
    REMOVAL_BY_A_STALE_CONFIGURATION(0, 4) {
        @Override
        void play(Script s) {
            s.propose("a", "a", "c", "d");
            s.active();
            s.create("a");
            var old = s.catalog();
            s.propose("a", "a", "b", "c");
            s.active();
            s.await(() -> s.state("b").adopted() == s.catalog().newest().epoch());
            s.isolate("c");
            s.append("a", 3);
            s.await(() -> s.has("b") == 3);
            s.pause(20_000);
            s.learnsLate("b", old);
            s.pause(60_000);
        }
    },
    /** The offer of a snapshot comes again when the replica has long gone on. */
    LATE_SNAPSHOT(0, 3) {
        @Override
        void play(Script s) {
            begin(s);
            s.isolate("b");
            s.append("a", 3);
            s.pause(30_000);
            s.append("a", 3);
            s.await(() -> s.has("c") == 9);
            s.pause(30_000);
            s.compact("a");
            s.pause(30_000);
            s.join("b");
            s.await(() -> s.has("b") == 9);
            s.isolate("c");
            s.append("a", 3);
            s.await(() -> s.has("b") == 12);
            s.pause(20_000);
            s.snapshotOffer("a").ifPresent(offer -> s.late("a", "b", offer));
        }
    },
    /** The order to adopt comes again when the replica has long taken entries. */
    LATE_ADOPT(0, 3) {
        @Override
        void play(Script s) {
            begin(s);
            s.isolate("c");
            s.append("a", 3);
            s.await(() -> s.has("b") == 6);
            s.pause(20_000);
            s.late("a", "b", s.adoptEmpty());
        }
    },
    /** Copying from the very beginning is interrupted. */
    INTERRUPTED_COPY(0, 3) {
        @Override
        void play(Script s) {
            s.propose("c", "a", "b", "c");
            s.active();
            s.create("c");
            s.isolate("b");
            for (var i = 0; i < 4; i++) {
                s.append("c", 3);
                s.pause(30_000);
            }
            s.isolate("a");
            s.join("b");
            s.cut("a", "b");
            s.append("c", 1);
            s.pause(100_000);
            s.isolate("c");
            s.heal("a", "b");
            s.propose("b", "a", "b", "c");
            s.await(() -> s.state("a").promised() == s.catalog().newest().epoch());
            s.pause(10_000);
            s.crash("b");
            s.pause(10_000);
        }
    },
    /** A copy has lost its newest entries by damage, and it is asked what was committed. */
    DAMAGED_COPY_IS_ASKED(0, 3) {
        @Override
        void play(Script s) {
            begin(s);
            s.isolate("b");
            s.append("a", 1);
            s.await(() -> s.has("c") == 4);
            s.pause(20_000);
            s.crash("c");
            s.flipLast("c");
            s.pause(10_000);
            s.restart("c");
            s.join("b");
            s.isolate("a");
            s.propose("b", "a", "b", "c");
            s.pause(300_000);
        }
    },
    /** Of four copies two are damaged without anybody's knowing, which is borne; then just these go on with a third. */
    DAMAGED_COPIES_ARE_LEFT(0, 5) {
        @Override
        void play(Script s) {
            s.propose("a", "a", "b", "c", "d");
            s.active();
            s.create("a");
            s.append("a", 3);
            s.await(() -> s.has("b") == 3 && s.has("c") == 3 && s.has("d") == 3);
            s.pause(30_000);
            s.flip("c", 1);
            s.flip("d", 1);
            s.isolate("e");
            goOn(s, "c", "d", "a", "b");
        }
    },
    /** One that was away comes back with old data that is damaged, and with one whose newer data is damaged at the same place. */
    DAMAGED_COPY_COMES_BACK(0, 5) {
        @Override
        void play(Script s) {
            s.propose("a", "a", "b", "d");
            s.active();
            s.create("a");
            s.append("a", 3);
            s.await(() -> s.has("b") == 3 && s.has("d") == 3);
            s.pause(30_000);
            s.isolate("d");
            s.propose("a", "a", "b", "c");
            s.active();
            s.await(() -> s.has("c") == 3);
            s.flip("b", 1);
            s.flip("d", 1);
            s.join("d");
            s.isolate("e");
            goOn(s, "b", "d", "a", "c");
        }
    },
    /** As before, but it is a member again, and still away, when it is needed. */
    DAMAGED_COPY_IS_A_MEMBER_AND_AWAY(0, 5) {
        @Override
        void play(Script s) {
            s.propose("a", "a", "b", "d");
            s.active();
            s.create("a");
            s.append("a", 3);
            s.await(() -> s.has("b") == 3 && s.has("d") == 3);
            s.pause(30_000);
            s.isolate("d");
            s.propose("a", "a", "b", "c");
            s.active();
            s.flip("b", 1);
            s.flip("d", 1);
            s.propose("a", "a", "b", "d");
            s.active();
            s.learns("c");
            s.join("d");
            s.isolate("e");
            goOn(s, "b", "d", "a", "c");
        }
    },
    /** A disk is emptied, and the node answers as if it remembered. */
    EMPTIED_DISK_UNDER_ITS_OLD_NAME(0, 3) {
        @Override
        void play(Script s) {
            begin(s);
            s.isolate("b");
            s.append("a", 1);
            s.await(() -> s.has("c") == 4);
            s.pause(20_000);
            s.wipeKeepingIdentity("c");
            s.join("b");
            s.isolate("a");
            s.propose("b", "a", "b", "c");
            s.pause(300_000);
        }
    };

    private final long leaseMicros;
    private final int nodes;

    Scripts(long leaseMicros, int nodes) {
        this.leaseMicros = leaseMicros;
        this.nodes = nodes;
    }

    abstract void play(Script s);

    /** Whether it lets a disk do what no disk may do, so that no protocol can survive it. */
    boolean breaksAPromiseOfTheDisk() {
        return this == EMPTIED_DISK_UNDER_ITS_OLD_NAME;
    }

    /** Plays it, and lets everything heal. */
    void run(Simulation<Message> simulation, Rules rules) {
        var script = new Script(simulation, rules, leaseMicros, nodes);
        play(script);
        script.end();
    }

    /** a leads a, b and c, and the space has three entries. */
    private static void begin(Script s) {
        s.propose("a", "a", "b", "c");
        s.active();
        s.create("a");
        s.append("a", 3);
        s.await(() -> s.has("b") == 3 && s.has("c") == 3);
        s.pause(30_000);
    }

    /** Two go on with e, who cannot be reached yet, and two others learn that they are not needed any more. */
    private static void goOn(Script s, String primary, String other, String one, String two) {
        s.propose(primary, primary, other, "e");
        s.active();
        s.learns(one);
        s.learns(two);
        s.await(() -> s.state(one).adopted() == 0 && s.state(two).adopted() == 0);
        s.pause(10_000);
    }

    /** b leads instead of a, who does not know, and writes; then somebody reads at a. */
    private static void takeOver(Script s) {
        s.propose("b", "a", "b", "c");
        for (var i = 0; i < 40; i++) {
            s.pause(15_000);
            s.append("b", 1);
            s.pause(5_000);
            s.read("a", false);
        }
    }
}
