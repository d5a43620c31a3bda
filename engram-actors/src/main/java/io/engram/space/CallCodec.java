package io.engram.space;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import com.fasterxml.jackson.dataformat.cbor.databind.CBORMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import io.engram.memory.Embedding;
import io.engram.trace.TraceContext;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.jspecify.annotations.Nullable;

/**
 * Requests, answers and messages of spaces to bytes and back, for the way between nodes: CBOR of the domain's own
 * records, since nothing of it is kept. What the reader does not know is skipped. Floats are exact, and so are times, as
 * ISO-8601 text; vectors are little-endian 32-bit floats in one byte string.
 */
final class CallCodec {
    /** Deeper than anything that is sent, and far from the end of the stack. */
    private static final int MAX_DEPTH = 32;

    private static final String RESOLVER = "actors";
    private static final CBORMapper MAPPER = mapper();

    private CallCodec() {}

    private static CBORMapper mapper() {
        var limits = StreamReadConstraints.builder()
                .maxNestingDepth(MAX_DEPTH)
                .maxDocumentLength(256L * 1024 * 1024)
                .build();
        return CBORMapper.builder(
                        CBORFactory.builder().streamReadConstraints(limits).build())
                .addModule(new Jdk8Module())
                .addModule(special())
                .addMixIn(BulkResult.class, NamedResults.class)
                .withConfigOverride(
                        TraceContext.class,
                        trace -> trace.setInclude(
                                JsonInclude.Value.construct(JsonInclude.Include.NON_EMPTY, JsonInclude.Include.ALWAYS)))
                .disable(SerializationFeature.FAIL_ON_EMPTY_BEANS)
                .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
                .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .build();
    }

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "is")
    @JsonSubTypes({
        @JsonSubTypes.Type(value = BulkResult.Stored.class, name = "stored"),
        @JsonSubTypes.Type(value = BulkResult.Failed.class, name = "failed")
    })
    private interface NamedResults {}

    /**
     * An {@link EngramException}.
     *
     * @param kind by name: one that this version does not know is an error
     */
    private record Failure(EngramException.Kind kind, String text, Optional<Duration> retryAfter) {}

    private static SimpleModule special() {
        var module = new SimpleModule();
        add(module, Instant.class, String.class, Instant::toString, Instant::parse);
        add(module, Duration.class, String.class, Duration::toString, Duration::parse);
        add(module, Embedding.class, byte[].class, Wire::floats, CallCodec::embedding);
        add(
                module,
                EngramException.class,
                Failure.class,
                e -> new Failure(e.kind(), Objects.requireNonNullElse(e.getMessage(), ""), e.retryAfter()),
                w -> new EngramException(w.kind(), w.text(), w.retryAfter()));
        module.addSerializer(new TraceText.Writer());
        module.addDeserializer(TraceContext.class, new TraceText.Reader());
        module.addSerializer(new ActorWriter());
        module.addDeserializer(ActorRef.class, new ActorReader());
        return module;
    }

    private static Embedding embedding(byte[] bytes) {
        if (bytes.length % Float.BYTES != 0) {
            throw new IllegalArgumentException("a vector of " + bytes.length + " bytes");
        }
        return Wire.embedding(bytes);
    }

    private static <T, W> void add(
            SimpleModule module, Class<T> type, Class<W> written, Function<T, W> write, Function<W, T> read) {
        module.addSerializer(type, new JsonSerializer<T>() {
            @Override
            public void serialize(T value, JsonGenerator out, SerializerProvider provider) throws IOException {
                provider.defaultSerializeValue(write.apply(value), out);
            }
        });
        module.addDeserializer(type, new JsonDeserializer<T>() {
            @Override
            public T deserialize(JsonParser in, DeserializationContext context) throws IOException {
                W value = context.readValue(in, written);
                if (value == null) {
                    throw JsonMappingException.from(in, "an empty " + type.getSimpleName());
                }
                try {
                    return read.apply(value);
                } catch (DateTimeException | IllegalArgumentException e) {
                    throw JsonMappingException.from(
                            in, "not a valid " + type.getSimpleName() + ": " + e.getMessage(), e);
                }
            }
        });
    }

    /** Actors are written as their addresses, which only an actor system can tell. */
    private static final class ActorWriter extends JsonSerializer<ActorRef<?>> {
        @Override
        @SuppressWarnings("unchecked")
        public Class<ActorRef<?>> handledType() {
            return (Class<ActorRef<?>>) (Class<?>) ActorRef.class;
        }

        @Override
        public void serialize(ActorRef<?> actor, JsonGenerator out, SerializerProvider provider) throws IOException {
            if (!(provider.getAttribute(RESOLVER) instanceof ActorRefResolver resolver)) {
                throw JsonMappingException.from(out, "actors are written by Pekko's serialization only");
            }
            out.writeString(resolver.toSerializationFormat(actor));
        }
    }

    private static final class ActorReader extends JsonDeserializer<ActorRef<?>> {
        @Override
        public ActorRef<?> deserialize(JsonParser in, DeserializationContext context) throws IOException {
            if (!(context.getAttribute(RESOLVER) instanceof ActorRefResolver resolver)) {
                throw JsonMappingException.from(in, "actors are read by Pekko's serialization only");
            }
            String address = context.readValue(in, String.class);
            if (address == null) {
                throw JsonMappingException.from(in, "an empty address of an actor");
            }
            return resolver.resolveActorRef(address);
        }
    }

    static JavaType type(Class<?> type, Class<?>... parameters) {
        return MAPPER.getTypeFactory().constructParametricType(type, parameters);
    }

    static JavaType type(Class<?> type) {
        return MAPPER.constructType(type);
    }

    static byte[] write(Object value) {
        return written(value, null);
    }

    /** @param type of the value, where its parameters matter */
    static byte[] write(JavaType type, Object value) {
        try {
            return MAPPER.writerFor(type).writeValueAsBytes(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(
                    "cannot encode a %s: %s".formatted(type.getRawClass().getSimpleName(), reason(e)), e);
        }
    }

    /** With the actors that it holds. */
    static byte[] write(Object value, ActorRefResolver actors) {
        return written(value, actors);
    }

    private static byte[] written(Object value, @Nullable ActorRefResolver actors) {
        try {
            return MAPPER.writer().withAttribute(RESOLVER, actors).writeValueAsBytes(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(
                    "cannot encode a " + value.getClass().getSimpleName(), e);
        }
    }

    /** @throws IOException if the bytes are not those of such a value, for whatever reason */
    static <T> T read(JavaType type, byte[] bytes, int from) throws IOException {
        return read(MAPPER.readerFor(type).readValue(bytes, from, bytes.length - from));
    }

    /** With the actors that it holds. */
    static <T> T read(Class<T> type, byte[] bytes, ActorRefResolver actors) throws IOException {
        return read(MAPPER.readerFor(type).withAttribute(RESOLVER, actors).<T>readValue(bytes));
    }

    private static <T> T read(@Nullable T value) throws IOException {
        if (value == null) {
            throw new IOException("there is nothing in it");
        }
        return value;
    }

    /** What was wrong with bytes, without the excerpts that Jackson adds. */
    static String reason(IOException failure) {
        return failure instanceof JacksonException e ? e.getOriginalMessage() : String.valueOf(failure.getMessage());
    }
}
