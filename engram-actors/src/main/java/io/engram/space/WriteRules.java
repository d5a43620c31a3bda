package io.engram.space;

import io.engram.memory.Embedding;
import io.engram.memory.Memory;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Decides what a write does to a space. Pure: the same state, command and time give the same decision. */
final class WriteRules {
    private WriteRules() {}

    static WriteDecision decide(SpaceState state, SpaceCommand.Write command, Instant now) {
        return switch (command) {
            case SpaceCommand.Remember c -> remember(state, c, now);
            case SpaceCommand.Forget c -> forget(state, c, now);
            case SpaceCommand.AttachVector c -> attach(state, c, now);
        };
    }

    private static WriteDecision remember(SpaceState state, SpaceCommand.Remember command, Instant now) {
        RememberRequest request = command.request();
        Optional<SpaceEvent.RequestKey> key = command.requestKey();
        if (key.isPresent()) {
            Optional<KeptAnswers.Answer> kept = state.answerTo(key.get().key());
            if (kept.isPresent()) {
                return repeat(kept.get(), key.get());
            }
        }
        Optional<Memory> current = state.current(command.memoryId());
        int version = 1;
        if (current.isPresent()) {
            boolean suppressed = state.isSuppressed(command.memoryId());
            if (!suppressed && current.get().body().equals(request.body())) {
                return WriteDecision.answer(new SpaceReply.Remembered(
                        RememberReceipt.of(current.get()).asReplay()));
            }
            if (!request.overwrite()) {
                return WriteDecision.refuse(EngramException.conflict(
                        suppressed
                                ? "memory '" + command.memoryId()
                                        + "' is suppressed; ask to overwrite it to bring it back"
                                : "memory '" + command.memoryId()
                                        + "' already holds something else; ask to overwrite it, or use another id"));
            }
            version = current.get().version() + 1;
        }
        Optional<EngramException> misfit = vectorMisfit(state, request);
        if (misfit.isPresent()) {
            return WriteDecision.refuse(misfit.get());
        }
        if (request.deduplicate() && current.isEmpty()) {
            Optional<Memory> held = state.view().duplicateOf(request.body());
            if (held.isPresent()) {
                var reply = new SpaceReply.Remembered(RememberReceipt.forDuplicate(held.get()));
                return key.<WriteDecision>map(k -> new WriteDecision.Persist(
                                List.of(new SpaceEvent.FoundDuplicate(
                                        command.memoryId(), held.get().id(), k, now)),
                                Optional.of(reply)))
                        .orElseGet(() -> WriteDecision.answer(reply));
            }
        }
        var memory = new Memory(command.memoryId(), version, now, request.body(), command.links());
        return new WriteDecision.Persist(
                List.of(new SpaceEvent.Remembered(memory, key)),
                Optional.of(new SpaceReply.Remembered(RememberReceipt.of(memory))));
    }

    private static WriteDecision forget(SpaceState state, SpaceCommand.Forget command, Instant now) {
        ForgetRequest request = command.request();
        SpaceEvent.RequestKey key = command.requestKey();
        Optional<KeptAnswers.Answer> kept = state.answerTo(key.key());
        if (kept.isPresent()) {
            return repeat(kept.get(), key);
        }
        boolean there = state.current(request.id()).isPresent();
        boolean hidden = state.isSuppressed(request.id());
        if (!there || (hidden && request.mode() == ForgetRequest.Mode.SUPPRESS)) {
            return WriteDecision.refuse(EngramException.notFound("there is no memory '" + request.id() + "'"));
        }
        return new WriteDecision.Persist(
                List.of(new SpaceEvent.Forgotten(request.id(), request.mode(), key, now)),
                Optional.of(new SpaceReply.Forgotten(new ForgetReceipt(request.id(), request.mode(), now, false))));
    }

    private static WriteDecision attach(SpaceState state, SpaceCommand.AttachVector command, Instant now) {
        Memory embedded = command.memory();
        // The text may have been overwritten, deleted or even deleted and remembered again since it was sent off.
        boolean stillTheSame = state.current(embedded.id())
                .map(held -> held.version() == embedded.version()
                        && held.storedAt().equals(embedded.storedAt())
                        && held.content().equals(embedded.content()))
                .orElse(false);
        if (!stillTheSame) {
            return new WriteDecision.Answer(Optional.empty());
        }
        return new WriteDecision.Persist(
                List.of(new SpaceEvent.Embedded(embedded.id(), embedded.version(), command.vector(), now)),
                Optional.empty());
    }

    private static WriteDecision repeat(KeptAnswers.Answer kept, SpaceEvent.RequestKey asked) {
        if (!kept.request().fingerprint().equals(asked.fingerprint())) {
            return WriteDecision.refuse(
                    EngramException.conflict("idempotency key '" + asked.key() + "' was used for another request"));
        }
        return WriteDecision.answer(
                switch (kept) {
                    case KeptAnswers.Answer.Remembered a ->
                        new SpaceReply.Remembered(a.receipt().asReplay());
                    case KeptAnswers.Answer.Forgotten a ->
                        new SpaceReply.Forgotten(a.receipt().asReplay());
                });
    }

    private static Optional<EngramException> vectorMisfit(SpaceState state, RememberRequest request) {
        int fixed = state.clientDimension();
        return request.body()
                .embedding()
                .map(Embedding::dimension)
                .filter(given -> fixed != 0 && given != fixed)
                .map(given -> EngramException.invalid("the embedding has " + given + " values, but this space holds"
                        + " vectors of " + fixed + ": the first one fixes the dimension"));
    }
}
