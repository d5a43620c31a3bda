package io.engram.cluster;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Introduces this node to others and takes their introductions, before and after they share a membership. It stands at {@link
 * #PATH} on every node and is spoken to by address alone, since that is all that is known at first. It owns nothing that
 * lasts: what it learns stands in {@link Introductions}. It never gives up, and everything that it says may get lost.
 */
final class Introduction extends AbstractBehavior<Introduction.Command> {
    static final String NAME = "introduction";
    static final String PATH = "/system/" + NAME;

    private static final Logger LOG = LoggerFactory.getLogger(Introduction.class);
    private static final int MOST_TOLD = 256;
    private static final int MOST_CONTACTS = 2_000;
    /** Addresses that others told and where nobody answers so many times are dropped until somebody tells them again. */
    private static final int TRIES = 20;
    /** In so many rounds the other spelling of an address is tried once; Pekko complains loudly where nobody has it. */
    private static final int OTHER_FORM = 12;

    private static final Duration LOOK_ALONE = Duration.ofSeconds(2);
    private static final Duration SOON = Duration.ofMillis(50);
    /** Two memberships that do not know each other for so long are two. */
    private static final Duration APART = Duration.ofSeconds(10);

    /** What the actor is told. */
    sealed interface Command {}

    /** What goes from node to node. */
    interface Wire {}

    /**
     * A node introduces itself.
     *
     * @param hello what it says of itself
     * @param known where others are; at most 256
     * @param isAnswer whether it is one, and needs none
     * @param isShared whether the one who is spoken to is in the sender's membership
     * @param asked when the question was asked, by the clock of who asked; an answer repeats it
     * @param wallMicros what the sender's own clock is at, since 1970; earlier versions do not say
     */
    record Greeting(
            Hello hello,
            List<HostPort> known,
            boolean isAnswer,
            boolean isShared,
            long asked,
            Optional<Long> wallMicros)
            implements Command, Wire {
        Greeting {
            if (known.size() > MOST_TOLD) {
                throw new IllegalArgumentException("a greeting tells of %d others".formatted(known.size()));
            }
            known = List.copyOf(known);
        }
    }

    /**
     * The one who is spoken to cannot be together with the others.
     *
     * @param to his incarnation
     * @param from who says so
     * @param reason in one line
     */
    record Refused(UUID to, Hello from, String reason) implements Command, Wire {}

    private record LookedUp(List<Contact> nodes) implements Command {}

    private record NotFound(String reason) implements Command {}

    private enum Tick implements Command {
        LOOK,
        GREET,
        GREET_SOON
    }

    /**
     * Somebody to speak to, in all spellings of his address: nodes answer only to their own.
     *
     * @param given as it was found
     * @param spellings all of them, that of this node's own kind first
     */
    record Contact(HostPort given, List<HostPort> spellings) {
        boolean isSilent(HostPort own, Collection<HostPort> met) {
            return !spellings.contains(own) && spellings.stream().noneMatch(met::contains);
        }
    }

    private final Introductions table;
    private final Discovery discovery;
    private final Duration interval;
    private final AdvertiseAddress.Machine machine;
    private final Membership membership;
    private final TimerScheduler<Command> timers;
    private final Map<HostPort, Integer> told = new LinkedHashMap<>();
    private final Map<UUID, Long> apartSince = new HashMap<>();
    private final Set<String> warned = new LinkedHashSet<>();
    private final Found found;
    private int round;

    private Introduction(
            ActorContext<Command> context,
            TimerScheduler<Command> timers,
            Introductions table,
            Discovery discovery,
            Duration interval,
            AdvertiseAddress.Machine machine,
            Membership membership,
            Found found) {
        super(context);
        this.timers = timers;
        this.table = table;
        this.discovery = discovery;
        this.interval = interval;
        this.machine = machine;
        this.membership = membership;
        this.found = found;
        var self = context.getSelf();
        table.onChange(() -> self.tell(Tick.GREET_SOON));
        look();
        greet();
    }

    /**
     * @param interval how often to look for others once this node is in a membership
     * @param membership what Pekko knows of it, to be asked at any time
     * @param found is told where others should be
     */
    static Behavior<Command> of(
            Introductions table,
            Discovery discovery,
            Duration interval,
            AdvertiseAddress.Machine machine,
            Membership membership,
            Found found) {
        return Behaviors.setup(context -> Behaviors.withTimers(
                timers -> new Introduction(context, timers, table, discovery, interval, machine, membership, found)));
    }

    /** This node's place in the membership, as Pekko knows it. */
    interface Membership {
        /** The addresses of its members; empty while this node is in none. */
        Set<HostPort> members();

        /** Ends this node's part in it, so that it starts again and joins another one. */
        void leave(String why);
    }

    /** Where others were looked for; for those who decide whether to wait for them. */
    static final class Found {
        private volatile Optional<List<Contact>> nodes = Optional.empty();

        void are(List<Contact> all) {
            nodes = Optional.of(all);
        }

        /** Whether the discovery has answered. */
        boolean hasLooked() {
            return nodes.isPresent();
        }

        /**
         * Those of whom nothing was heard lately. Whoever stood still for a while has heard of nobody, however much was known before.
         *
         * @param met where those are that were heard of lately
         */
        List<HostPort> silent(HostPort own, Collection<HostPort> met) {
            return contacts().stream()
                    .filter(each -> each.isSilent(own, met))
                    .map(Contact::given)
                    .toList();
        }

        private List<Contact> contacts() {
            return nodes.orElse(List.of());
        }
    }

    @Override
    public Receive<Command> createReceive() {
        return newReceiveBuilder()
                .onMessage(Greeting.class, this::greeted)
                .onMessage(Refused.class, this::refused)
                .onMessage(LookedUp.class, this::lookedUp)
                .onMessage(NotFound.class, this::notLookedUp)
                .onMessage(Tick.class, this::ticked)
                .build();
    }

    private Behavior<Command> ticked(Tick tick) {
        switch (tick) {
            case LOOK -> look();
            case GREET -> greet();
            case GREET_SOON -> {
                if (!timers.isTimerActive(Tick.GREET_SOON)) {
                    timers.startSingleTimer(Tick.GREET_SOON, Tick.GREET, SOON);
                }
            }
        }
        return this;
    }

    // ---- looking ----

    private void look() {
        var own = table.own().gossip();
        var looking = discovery
                .lookup()
                .thenApplyAsync(
                        nodes -> nodes.stream()
                                .map(node -> contact(node, own, machine))
                                .toList(),
                        task -> Thread.ofVirtual().name("engram-resolve").start(task));
        getContext()
                .pipeToSelf(
                        looking,
                        (nodes, failure) -> nodes == null
                                ? new NotFound(String.valueOf(failure == null ? "" : reason(failure)))
                                : new LookedUp(nodes));
    }

    private static String reason(Throwable failure) {
        var cause = failure.getCause();
        return String.valueOf((cause == null ? failure : cause).getMessage());
    }

    /** Nodes answer to the very address that they tell; this one's own shows of what kind those are. */
    static Contact contact(HostPort given, HostPort own, AdvertiseAddress.Machine machine) {
        var numbers = machine.resolve(given.host()).stream()
                .map(each -> new HostPort(each.getHostAddress(), given.port()))
                .toList();
        var isNumberHere = own.host().matches("[0-9.]+|.*:.*");
        var spellings = new LinkedHashSet<HostPort>();
        if (!isNumberHere) {
            spellings.add(given);
        }
        spellings.addAll(numbers);
        spellings.add(given);
        return new Contact(given, List.copyOf(spellings));
    }

    private Behavior<Command> lookedUp(LookedUp looked) {
        found.are(looked.nodes());
        lookAgain();
        greet();
        return this;
    }

    private Behavior<Command> notLookedUp(NotFound why) {
        warnOnce("other nodes cannot be looked up, which is tried again: " + why.reason());
        lookAgain();
        return this;
    }

    private void lookAgain() {
        timers.startSingleTimer(Tick.LOOK, Tick.LOOK, jittered(table.own().isMember() ? interval : LOOK_ALONE));
    }

    private static Duration jittered(Duration pause) {
        return pause.plusMillis(ThreadLocalRandom.current().nextLong(pause.toMillis() / 2 + 1));
    }

    // ---- greeting ----

    private void greet() {
        round++;
        var own = table.own();
        var targets = new LinkedHashSet<HostPort>();
        var met = table.met().stream().map(Hello::gossip).toList();
        targets.addAll(met);
        targets.addAll(table.everMet());
        for (var contact : found.contacts()) {
            if (!contact.isSilent(own.gossip(), met)) {
                continue;
            }
            var spellings = contact.spellings();
            var isOther = round % OTHER_FORM == 0 && spellings.size() > 1;
            targets.add(spellings.get(isOther ? spellings.size() - 1 : 0));
            if (isOther) {
                targets.addAll(spellings);
            }
        }
        told.replaceAll((address, tries) -> tries + 1);
        told.values().removeIf(tries -> tries > TRIES);
        targets.addAll(told.keySet());
        targets.remove(own.gossip());
        targets.stream().limit(MOST_CONTACTS).forEach(each -> send(each, greeting(each, false, System.nanoTime())));
        timers.startSingleTimer(
                Tick.GREET,
                Tick.GREET,
                jittered(own.isMember() ? Introductions.INTERVAL_MEMBER : Introductions.INTERVAL_ALONE));
    }

    private Greeting greeting(HostPort to, boolean isAnswer, long asked) {
        var known = table.met().stream()
                .map(Hello::gossip)
                .filter(each -> !each.equals(to))
                .limit(MOST_TOLD)
                .toList();
        return new Greeting(
                table.own(),
                known,
                isAnswer,
                membership.members().contains(to),
                asked,
                Optional.of(table.clocks().wallMicros()));
    }

    private void send(HostPort to, Wire message) {
        var system = Adapter.toClassic(getContext().getSystem());
        var path = "pekko://%s@%s%s".formatted(system.name(), to, PATH);
        system.actorSelection(path).tell(message, Adapter.toClassic(getContext().getSelf()));
    }

    // ---- being greeted ----

    private Behavior<Command> greeted(Greeting greeting) {
        var own = table.own();
        var other = greeting.hello();
        if (other.gossip().equals(own.gossip())) {
            return this;
        }
        var contradiction = IntroductionRules.contradiction(own, other, table.met());
        if (contradiction.isPresent()) {
            contradict(own, greeting, contradiction.get());
            return this;
        }
        told.remove(other.gossip());
        if (greeting.isAnswer()) {
            table.answered(other, greeting.asked());
            greeting.wallMicros()
                    .ifPresent(wall ->
                            table.clocks().answered(other.incarnation(), other.nodeId(), wall, greeting.asked()));
        } else {
            table.heard(other);
        }
        for (var each : greeting.known()) {
            if (told.size() < MOST_CONTACTS && !each.equals(own.gossip())) {
                told.putIfAbsent(each, 0);
            }
        }
        checkApart(own, greeting);
        if (!greeting.isAnswer()) {
            send(other.gossip(), greeting(other.gossip(), true, greeting.asked()));
        }
        return this;
    }

    private void contradict(Hello own, Greeting greeting, String reason) {
        var other = greeting.hello();
        var isAboutOwn = IntroductionRules.contradiction(own, other, List.of()).isPresent();
        warnOnce(reason);
        if (!isAboutOwn || IntroductionRules.mustGo(other, own)) {
            send(other.gossip(), new Refused(other.incarnation(), own, reason));
        } else if (!greeting.isAnswer()) {
            // It may not have heard of this one yet, and it is its part to say who has to go.
            send(other.gossip(), greeting(other.gossip(), true, greeting.asked()));
        }
    }

    private Behavior<Command> refused(Refused refused) {
        var own = table.own();
        if (!refused.to().equals(own.incarnation())) {
            return this;
        }
        if (own.isMember()) {
            warnOnce("%s does not want this node, which is in a cluster and stays: %s"
                    .formatted(refused.from(), refused.reason()));
        } else {
            table.refuse("%s refused this node: %s".formatted(refused.from(), refused.reason()));
        }
        return this;
    }

    /** Nodes that could not see each other may have begun two memberships. One of them has to begin anew. */
    private void checkApart(Hello own, Greeting greeting) {
        var other = greeting.hello();
        var isApart = own.isMember()
                && other.isMember()
                && !greeting.isShared()
                && !membership.members().contains(other.gossip());
        if (!isApart) {
            apartSince.remove(other.incarnation());
            return;
        }
        var now = System.nanoTime();
        var since = apartSince.computeIfAbsent(other.incarnation(), _ -> now);
        if (now - since >= APART.toNanos() && IntroductionRules.givesUp(own, other)) {
            membership.leave(
                    "this node is in a membership of %d nodes, and %s in another one of %d; it leaves and joins that"
                            .formatted(own.members(), other, other.members()));
        }
    }

    private void warnOnce(String text) {
        if (warned.size() >= MOST_TOLD) {
            warned.clear();
        }
        if (warned.add(text)) {
            LOG.warn("{}", text);
        }
    }
}
