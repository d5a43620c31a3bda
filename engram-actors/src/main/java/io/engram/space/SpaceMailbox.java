package io.engram.space;

import com.typesafe.config.Config;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.atomic.LongAdder;
import org.apache.pekko.actor.AbstractExtensionId;
import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.actor.ClassicActorSystemProvider;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.Extension;
import org.apache.pekko.dispatch.Envelope;
import org.apache.pekko.dispatch.MailboxType;
import org.apache.pekko.dispatch.MessageQueue;
import org.apache.pekko.dispatch.ProducesMessageQueue;
import org.apache.pekko.dispatch.UnboundedMailbox;
import org.jspecify.annotations.Nullable;
import scala.Option;

/** The mailboxes of spaces: Pekko's ordinary ones, whose messages are counted. */
public final class SpaceMailbox implements MailboxType, ProducesMessageQueue<UnboundedMailbox.MessageQueue> {
    /** Where the configuration names it. */
    static final String CONFIG = "engram.space-mailbox";

    /** How Pekko makes it. */
    public SpaceMailbox(ActorSystem.Settings settings, Config config) {}

    @Override
    public MessageQueue create(Option<ActorRef> owner, Option<ActorSystem> system) {
        return system.isDefined() ? new Counted(Counts.of(system.get())) : new UnboundedMailbox.MessageQueue();
    }

    private static final class Counted extends UnboundedMailbox.MessageQueue {
        private static final long serialVersionUID = 1;

        private final transient Counts counts;

        Counted(Counts counts) {
            this.counts = counts;
        }

        @Override
        public void enqueue(ActorRef receiver, Envelope handle) {
            counts.arrived.increment();
            super.enqueue(receiver, handle);
        }

        @Override
        public @Nullable Envelope dequeue() {
            var taken = super.dequeue();
            if (taken != null) {
                counts.taken.increment();
            }
            return taken;
        }
    }

    /** All spaces' mailboxes of an actor system together. */
    static final class Counts implements Extension {
        private final LongAdder arrived = new LongAdder();
        private final LongAdder taken = new LongAdder();

        private Counts() {}

        static Counts of(ClassicActorSystemProvider system) {
            return Id.INSTANCE.get(system);
        }

        long waiting() {
            // Read in this order, what comes in between makes it larger and never negative.
            var before = taken.sum();
            return Math.max(0, arrived.sum() - before);
        }

        void register(MeterRegistry meters) {
            Gauge.builder("engram_space_mailbox_messages", this, Counts::waiting)
                    .description("Messages that wait in the mailboxes of spaces' actors")
                    .strongReference(true)
                    .register(meters);
            FunctionCounter.builder("engram_space_mailbox_messages_received_total", arrived, LongAdder::sum)
                    .description("Messages that spaces' actors were sent")
                    .register(meters);
        }
    }

    /** Pekko's key of the counts. */
    static final class Id extends AbstractExtensionId<Counts> {
        static final Id INSTANCE = new Id();

        private Id() {}

        @Override
        public Counts createExtension(ExtendedActorSystem system) {
            return new Counts();
        }
    }
}
