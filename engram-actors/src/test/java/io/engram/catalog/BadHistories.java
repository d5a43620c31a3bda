package io.engram.catalog;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Histories that led to a lost, forked or stale catalog where one rule was left out, as scripts. Nodes 0, 1 and 2 vote at first.
 * With all rules in place each of them ends well.
 */
final class BadHistories {
    private BadHistories() {}

    /** By the mistake that each one shows. */
    static Map<Flaw, Consumer<Stage>> all() {
        var all = new LinkedHashMap<Flaw, Consumer<Stage>>();
        // 0 has "a" chosen by 0 and 1. The disk of 1 is lost, and 1 and 2 together know nothing of it.
        all.put(
                Flaw.KEEPS_ITS_IDENTITY,
                stage -> stage.edit(0, "a")
                        .prepare(0, 0, 1)
                        .accept(0, 0, 1)
                        .loseAll()
                        .wipe(1)
                        .edit(2, "b")
                        .ask(2, Message.Prepare.class, Message.NotInstalled.class, 1)
                        .ask(2, Message.Install.class, Message.Installed.class, 1)
                        .prepare(2, 1, 2)
                        .accept(2, 1, 2));
        // A closing document is accepted by 0 alone. 1 sees it there.
        all.put(
                Flaw.INSTALLS_ON_SIGHT,
                stage -> stage.change(0, "voters", 2, 3, 4)
                        .prepare(0, 0, 1)
                        .acceptUnheard(0, 0)
                        .loseAll()
                        .edit(1, "a")
                        .prepare(1, 0, 1));
        // The closing document is chosen by 0 and 1, and is about to be installed; 2 learns of it from 1 and puts an
        // edit on it.
        all.put(
                Flaw.BUILDS_ON_A_CLOSING_DOCUMENT,
                stage -> stage.change(0, "voters", 2, 3, 4)
                        .prepare(0, 0, 1)
                        .accept(0, 0, 1)
                        .edit(2, "b")
                        .prepare(2, 1, 2)
                        .accept(2, 1, 2)
                        .edit(0, "c")
                        .settle());
        // It is accepted by 0, then something else by 2, then it again by 1. Its acceptances are two, at two ballots.
        all.put(
                Flaw.INSTALLS_AT_DIFFERENT_BALLOTS,
                stage -> stage.change(0, "voters", 0, 3, 4)
                        .prepare(0, 0, 1)
                        .acceptUnheard(0, 0)
                        .loseAll()
                        .edit(2, "a")
                        .prepare(2, 1, 2)
                        .acceptUnheard(2, 2)
                        .loseAll()
                        .edit(1, "b")
                        .prepare(1, 0, 1)
                        .loseAll()
                        .again(1)
                        .prepare(1, 0, 1)
                        .acceptUnheard(1, 1)
                        .loseAll()
                        .again(1)
                        .prepare(1, 0, 1));
        // Among the new voters "a" is chosen; the installation, late, arrives once more.
        all.put(
                Flaw.INSTALL_RESETS,
                stage -> stage.change(0, "voters", 0, 3, 4)
                        .prepare(0, 0, 1)
                        .accept(0, 0, 1)
                        .deliver(0, 3, Message.Install.class)
                        .deliver(0, 4, Message.Install.class)
                        .loseAll()
                        .edit(0, "a")
                        .again(0)
                        .prepare(0, 0, 3)
                        .accept(0, 0, 3)
                        .loseAll()
                        .again(0, 3, Message.Install.class)
                        .edit(4, "b")
                        .prepare(4, 3, 4)
                        .accept(4, 3, 4));
        // 3 is a new voter and does not know it yet. It answers, is installed, and has forgotten.
        all.put(
                Flaw.ANSWERS_WITHOUT_INSTALLATION,
                stage -> stage.change(0, "voters", 0, 3, 4)
                        .prepare(0, 0, 1)
                        .accept(0, 0, 1)
                        .deliver(0, 4, Message.Install.class)
                        .lose(0, 3)
                        .loseAll()
                        .edit(0, "a")
                        .again(0)
                        .prepare(0, 0, 3)
                        .accept(0, 0, 3)
                        .edit(4, "b")
                        .ask(4, Message.Prepare.class, Message.Promise.class, 3, 4)
                        .accept(4, 3, 4));
        // "a" is accepted by 0 alone. One reader sees it, the next one would not.
        all.put(
                Flaw.READS_WITHOUT_WRITING_BACK,
                stage -> stage.edit(0, "a")
                        .prepare(0, 0, 1)
                        .acceptUnheard(0, 0)
                        .loseAll()
                        .read(1, "reader")
                        .query(1, 0, 1)
                        .loseAll()
                        .read(2, "later reader")
                        .query(2, 1, 2));
        // "a" is under way for long. A reader does not see it; then it arrives.
        all.put(
                Flaw.BELIEVES_AN_EDIT_LOST,
                stage -> stage.edit(0, "a")
                        .prepare(0, 0, 1)
                        .read(2, "reader")
                        .query(2, 1, 2)
                        .believesLost("a")
                        .accept(0, 0, 1));
        // 1 and 2 have two documents of one version, and get a change that was made for one of them.
        all.put(
                Flaw.CHANGES_BY_VERSION,
                stage -> stage.edit(0, "a")
                        .prepare(0, 0, 1)
                        .acceptUnheard(0, 0)
                        .loseAll()
                        .edit(2, "b")
                        .prepare(2, 1, 2)
                        .acceptUnheard(2, 2)
                        .loseAll()
                        .edit(1, "c")
                        .prepare(1, 0, 1)
                        .loseAll()
                        .again(1)
                        .prepare(1, 0, 1)
                        .accept(1, 0)
                        .deliver(1, 2, Message.Accept.class));
        // 0 dies after it proposed "a", and starts again.
        all.put(
                Flaw.USES_A_BALLOT_TWICE,
                stage -> stage.edit(0, "a")
                        .prepare(0, 0, 1)
                        .acceptUnheard(0, 0)
                        .loseAll()
                        .restart(0)
                        .edit(0, "b")
                        .prepare(0, 1, 2)
                        .accept(0, 1, 2));
        // 1 promised 2 to take no part in what 0 began before, and starts again.
        all.put(
                Flaw.FORGETS_ITS_PROMISE,
                stage -> stage.edit(0, "a")
                        .prepare(0, 0, 1)
                        .edit(2, "b")
                        .deliver(2, 1, Message.Prepare.class)
                        .deliver(1, 2, Message.Promise.class)
                        .deliver(2, 2, Message.Prepare.class)
                        .deliver(2, 2, Message.Promise.class)
                        .restart(1)
                        .accept(0, 0, 1)
                        .accept(2, 2)
                        .deliver(2, 1, Message.Accept.class)
                        .deliver(1, 2, Message.NeedWhole.class)
                        .accept(2, 1));
        // The same, without a restart.
        all.put(
                Flaw.ACCEPTS_BELOW_ITS_PROMISE,
                stage -> stage.edit(0, "a")
                        .prepare(0, 0, 1)
                        .edit(2, "b")
                        .prepare(2, 1, 2)
                        .accept(0, 0, 1)
                        .accept(2, 1, 2)
                        .deliver(1, 2, Message.NeedWhole.class)
                        .accept(2, 1));
        // The disks hang. What was accepted is gone with the power.
        all.put(
                Flaw.ANSWERS_BEFORE_THE_FORCE,
                stage -> stage.edit(0, "a")
                        .prepare(0, 0, 1)
                        .forcesHang()
                        .accept(0, 0, 1)
                        .forcesGoOn());
        // 0 learns only late that 1 accepted its first proposal, and takes that for the second one.
        all.put(
                Flaw.COUNTS_LATE_ANSWERS,
                stage -> stage.edit(0, "a")
                        .prepare(0, 0, 1)
                        .deliver(0, 1, Message.Accept.class)
                        .lose(0, 0)
                        .lose(0, 2)
                        .edit(0, "b")
                        .again(0)
                        .prepare(0, 0, 2)
                        .accept(0, 0)
                        .deliver(1, 0, Message.Accepted.class));
        // "a" and "b" are two documents, of versions 2 and 3; "c" is another one of version 2, at a higher ballot.
        all.put(
                Flaw.BUILDS_ON_THE_HIGHEST_VERSION,
                stage -> stage.edit(0, "a")
                        .prepare(0, 0, 1)
                        .acceptUnheard(0, 0)
                        .loseAll()
                        .edit(0, "b")
                        .again(0)
                        .prepare(0, 0, 1)
                        .acceptUnheard(0, 0)
                        .loseAll()
                        .edit(2, "c")
                        .prepare(2, 1, 2)
                        .loseAll()
                        .again(2)
                        .prepare(2, 1, 2)
                        .loseAll()
                        .again(2)
                        .prepare(2, 1, 2)
                        .accept(2, 1, 2)
                        .loseAll()
                        .edit(1, "d")
                        .ask(1, Message.Prepare.class, Message.Rejected.class, 0, 1)
                        .loseAll()
                        .again(1)
                        .prepare(1, 0, 1)
                        .accept(1, 0, 1));
        // "a" is chosen, and its answer lost. It is wanted again elsewhere.
        all.put(
                Flaw.APPLIES_AGAIN,
                stage -> stage.edit(0, "a")
                        .prepare(0, 0, 1)
                        .acceptUnheard(0, 0, 1)
                        .loseAll()
                        .edit(2, "a")
                        .prepare(2, 1, 2)
                        .accept(2, 1, 2));
        // One of three has accepted it.
        all.put(
                Flaw.CHOSEN_BY_A_MINORITY,
                stage -> stage.edit(0, "a").prepare(0, 0, 1).accept(0, 0));
        return all;
    }
}
