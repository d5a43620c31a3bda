package io.engram.journal;

import java.io.NotSerializableException;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.serialization.Serialization;
import org.apache.pekko.serialization.SerializationExtension;
import org.apache.pekko.serialization.Serializers;
import scala.util.Try;

/** Pekko's serialization, in both directions. */
final class PayloadCodec {
    private final Serialization serialization;

    PayloadCodec(ActorSystem system) {
        serialization = SerializationExtension.get(system);
    }

    EventFrame.Payload serialize(Object object) throws NotSerializableException {
        var serializer = serialization.serializerFor(object.getClass());
        var manifest = Serializers.manifestFor(serializer, object);
        var bytes = get(serialization.serialize(object), object.getClass().getName());
        return new EventFrame.Payload(serializer.identifier(), manifest, bytes);
    }

    Object deserialize(EventFrame.Payload payload) throws NotSerializableException {
        return get(
                serialization.deserialize(payload.bytes(), payload.serializerId(), payload.manifest()),
                "serializer %d, manifest '%s'".formatted(payload.serializerId(), payload.manifest()));
    }

    private static <T> T get(Try<T> result, String what) throws NotSerializableException {
        if (result.isSuccess()) {
            return result.get();
        }
        var reason = result.failed().get();
        var exception = new NotSerializableException("%s: %s".formatted(what, reason));
        exception.initCause(reason);
        throw exception;
    }
}
