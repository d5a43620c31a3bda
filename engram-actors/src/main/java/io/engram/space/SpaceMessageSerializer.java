package io.engram.space;

import java.io.IOException;
import java.io.NotSerializableException;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.serialization.SerializerWithStringManifest;

/**
 * Carries what nodes tell each other's spaces, and the answers: the commands that a {@link SpaceClient} sends, and
 * nothing that an actor tells itself. Named in {@code engram-node.conf}.
 */
public final class SpaceMessageSerializer extends SerializerWithStringManifest {
    /** Nodes of different versions must agree on it. */
    static final int IDENTIFIER = 74_322;

    /** The manifest of each message is its class's plain name, which is therefore never given to another one. */
    private static final Map<String, Class<?>> MESSAGES = List.<Class<?>>of(
                    SpaceCommand.Remember.class,
                    SpaceCommand.Forget.class,
                    SpaceCommand.Open.class,
                    SpaceCommand.Create.class,
                    SpaceCommand.Delete.class,
                    SpaceCommand.KeepAwake.class,
                    SpaceReply.Remembered.class,
                    SpaceReply.Forgotten.class,
                    SpaceReply.Opened.class,
                    SpaceReply.NotThere.class,
                    SpaceReply.Deleted.class,
                    SpaceReply.Refused.class)
            .stream()
            .collect(Collectors.toUnmodifiableMap(Class::getSimpleName, Function.identity()));

    private final ActorRefResolver actors;

    public SpaceMessageSerializer(ExtendedActorSystem system) {
        actors = ActorRefResolver.get(Adapter.toTyped(system));
    }

    @Override
    public int identifier() {
        return IDENTIFIER;
    }

    @Override
    public String manifest(Object message) {
        var name = message.getClass().getSimpleName();
        if (MESSAGES.get(name) != message.getClass()) {
            throw new IllegalArgumentException(message.getClass().getName() + " is not sent to other nodes");
        }
        return name;
    }

    @Override
    public byte[] toBinary(Object message) {
        return CallCodec.write(message, actors);
    }

    @Override
    public Object fromBinary(byte[] bytes, String manifest) throws NotSerializableException {
        var type = MESSAGES.get(manifest);
        if (type == null) {
            throw new NotSerializableException(
                    "this node does not know the message '" + manifest + "'; is the other one newer?");
        }
        try {
            return CallCodec.read(type, bytes, actors);
        } catch (IOException e) {
            var failure = new NotSerializableException("a damaged " + manifest + ": " + CallCodec.reason(e));
            failure.initCause(e);
            throw failure;
        }
    }
}
