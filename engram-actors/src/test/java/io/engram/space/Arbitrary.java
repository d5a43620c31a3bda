package io.engram.space;

import io.engram.memory.Embedding;
import io.engram.memory.ModelVector;
import io.engram.trace.TraceContext;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/** Makes values of any record of the domain from a seed: whatever field is added is filled as well. */
final class Arbitrary {
    private static final List<String> STRINGS =
            List.of("", " ", "plain words", "Ωμέγα né \uD83D\uDE00", "line\nbreak\u0000", "\"quoted\" \\ %41");
    private static final List<Float> FLOATS =
            List.of(0f, -0f, 1f, Float.MIN_VALUE, Float.MIN_NORMAL, 0.1f, 1f / 3, Math.nextDown(1f), -0.3f, 1e30f);
    static final TraceContext TRACE =
            new TraceContext("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", true, "rojo=00f067aa0ba902b7");

    private static final List<Instant> TIMES = List.of(
            Instant.MIN,
            Instant.MAX,
            Instant.EPOCH,
            Instant.ofEpochSecond(-1, 999_999_999),
            Instant.ofEpochSecond(1, 1));

    private final Random random;
    private final Map<Class<?>, Supplier<?>> given = new HashMap<>();

    Arbitrary(long seed) {
        random = new Random(seed);
        given.put(SpaceId.class, () -> new SpaceId("space-" + random.nextInt(1000)));
        given.put(Embedding.class, this::embedding);
        given.put(
                ModelVector.class,
                () -> ModelVector.quantise(string() + "m", embedding().toArray()));
        given.put(EngramException.class, this::exception);
        given.put(TraceContext.class, () -> random.nextBoolean() ? TRACE : TraceContext.NONE);
    }

    <T> Arbitrary with(Class<T> type, Supplier<T> values) {
        given.put(type, values);
        return this;
    }

    EngramException exception() {
        var kinds = EngramException.Kind.values();
        return new EngramException(
                kinds[random.nextInt(kinds.length)],
                string(),
                random.nextBoolean() ? Optional.empty() : Optional.of(Duration.ofNanos(random.nextLong(1L << 50))));
    }

    private Embedding embedding() {
        var values = new float[1 + random.nextInt(5)];
        for (int i = 0; i < values.length; i++) {
            values[i] = number();
        }
        return Embedding.of(values);
    }

    private String string() {
        return random.nextInt(3) > 0
                ? STRINGS.get(random.nextInt(STRINGS.size()))
                : random.ints(random.nextInt(20), 1, 0xD7FF)
                        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                        .toString();
    }

    private float number() {
        return random.nextBoolean() ? random.nextFloat() : FLOATS.get(random.nextInt(FLOATS.size()));
    }

    private Instant time() {
        return random.nextInt(3) == 0
                ? TIMES.get(random.nextInt(TIMES.size()))
                : Instant.ofEpochSecond(random.nextLong(1L << 33), random.nextInt(1_000_000_000));
    }

    Object of(Type type) {
        return of(type, Map.of());
    }

    private Object of(Type type, Map<TypeVariable<?>, Type> bound) {
        return switch (type) {
            case TypeVariable<?> variable -> of(java.util.Objects.requireNonNull(bound.get(variable)), bound);
            case ParameterizedType generic ->
                of((Class<?>) generic.getRawType(), generic.getActualTypeArguments(), bound);
            case Class<?> plain -> of(plain, new Type[0], bound);
            default -> throw new AssertionError("no values of " + type);
        };
    }

    private Object of(Class<?> type, Type[] arguments, Map<TypeVariable<?>, Type> bound) {
        var known = given.get(type);
        if (known != null) {
            return known.get();
        }
        if (type == Optional.class) {
            return random.nextBoolean() ? Optional.empty() : Optional.of(of(arguments[0], bound));
        } else if (type == List.class) {
            return some(arguments[0], bound);
        } else if (type == Set.class) {
            return new HashSet<>(some(arguments[0], bound));
        } else if (type == Map.class) {
            var map = new HashMap<>();
            some(arguments[0], bound).forEach(key -> map.put(key, of(arguments[1], bound)));
            return map;
        } else if (type == CompletionStage.class) {
            return of(arguments[0], bound);
        } else if (type == String.class) {
            return string();
        } else if (type == Instant.class) {
            return time();
        } else if (type == float.class || type == Float.class) {
            return number();
        } else if (type == int.class || type == Integer.class) {
            return random.nextInt(10) == 0 ? random.nextInt() : random.nextInt(100);
        } else if (type == long.class || type == Long.class) {
            return random.nextLong();
        } else if (type == boolean.class || type == Boolean.class) {
            return random.nextBoolean();
        } else if (type.isEnum()) {
            return type.getEnumConstants()[random.nextInt(type.getEnumConstants().length)];
        } else if (type.isSealed()) {
            return of(type.getPermittedSubclasses()[random.nextInt(type.getPermittedSubclasses().length)], bound);
        } else if (type.isRecord()) {
            return ofRecord(type, arguments, bound);
        }
        throw new AssertionError("no values of " + type);
    }

    private List<Object> some(Type type, Map<TypeVariable<?>, Type> bound) {
        var list = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            list.add(of(type, bound));
        }
        return list;
    }

    private Object ofRecord(Class<?> type, Type[] arguments, Map<TypeVariable<?>, Type> bound) {
        var inner = new HashMap<TypeVariable<?>, Type>(bound);
        for (int i = 0; i < arguments.length; i++) {
            inner.put(type.getTypeParameters()[i], arguments[i]);
        }
        // Some combinations break a rule of the record; the next one will do.
        for (int attempt = 0; attempt < 1000; attempt++) {
            try {
                return canonical(type)
                        .newInstance(Arrays.stream(type.getRecordComponents())
                                .map(component -> of(component.getGenericType(), inner))
                                .toArray());
            } catch (InvocationTargetException e) {
                if (!(e.getCause() instanceof IllegalArgumentException)) {
                    throw new AssertionError(e);
                }
            } catch (ReflectiveOperationException e) {
                throw new AssertionError(e);
            }
        }
        throw new AssertionError("no valid " + type + " in 1000 attempts");
    }

    private static Constructor<?> canonical(Class<?> type) throws NoSuchMethodException {
        var constructor = type.getDeclaredConstructor(Arrays.stream(type.getRecordComponents())
                .map(RecordComponent::getType)
                .toArray(Class<?>[]::new));
        constructor.setAccessible(true);
        return constructor;
    }
}
