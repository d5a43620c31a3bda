package io.engram.space;

import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.apache.pekko.actor.typed.ActorRef;

/** Answers what the directory of a single node would be asked, by a {@link SpaceRegistry}. */
final class RegistryDirectory implements Consumer<DirectoryCommand> {
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private final SpaceRegistry registry;

    RegistryDirectory(SpaceRegistry registry) {
        this.registry = registry;
    }

    @Override
    public void accept(DirectoryCommand command) {
        switch (command) {
            case DirectoryCommand.Lookup c ->
                answer(
                        registry.find(c.space()),
                        c.replyTo(),
                        (found, to) ->
                                to.tell(found.<DirectoryReply>map(space -> new DirectoryReply.Exists(record(space)))
                                        .orElseGet(DirectoryReply.Absent::new)));
            case DirectoryCommand.Register c ->
                answer(
                        registry.register(c.space()),
                        c.replyTo(),
                        (made, to) -> to.tell(new DirectoryReply.Exists(record(made))));
            case DirectoryCommand.Remove c ->
                answer(registry.remove(c.space(), c.incarnation()), c.replyTo(), (removed, to) -> {
                    to.tell(new DirectoryReply.Removed());
                    c.client().tell(removed ? new SpaceReply.Deleted() : new SpaceReply.NotThere());
                });
            case DirectoryCommand.ListAll c ->
                answer(
                        registry.led(),
                        c.replyTo(),
                        (all, to) -> to.tell(new DirectoryReply.Listing(
                                all.stream().map(RegistryDirectory::record).toList())));
            // A directory tells itself these; here there is nothing that gathers, and a shard removes its own logs.
            case DirectoryCommand.RegisterGathered _, DirectoryCommand.Purge _, DirectoryCommand.Purged _ -> {}
            case DirectoryCommand.LogsFound _, DirectoryCommand.Stop _ -> {}
        }
    }

    static SpaceRecord record(SpaceRegistry.Registration space) {
        return new SpaceRecord(space.id(), space.incarnation(), space.createdAt(), space.log(), space.reign());
    }

    private static <T> void answer(
            CompletionStage<T> stage, ActorRef<DirectoryReply> to, BiConsumer<T, ActorRef<DirectoryReply>> onSuccess) {
        stage.whenComplete((result, failure) -> {
            if (failure == null) {
                onSuccess.accept(result, to);
            } else {
                to.tell(new DirectoryReply.Refused(
                        EngramException.reasonOf(failure) instanceof EngramException reason
                                ? reason
                                : EngramException.unavailable(
                                        "the space's shard did not answer: " + failure.getMessage(), RETRY_AFTER)));
            }
        });
    }
}
