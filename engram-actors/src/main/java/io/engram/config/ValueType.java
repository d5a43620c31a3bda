package io.engram.config;

import com.fasterxml.jackson.databind.JsonNode;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** How the values of a setting are read from a file's nodes and from plain text, and what is allowed. */
public sealed interface ValueType {
    /** Why a value is refused: what would be allowed, as it follows "must be". */
    final class Refused extends Exception {
        private static final long serialVersionUID = 1L;

        Refused(String allowed) {
            super(allowed, null, false, false);
        }
    }

    /** What is allowed, as it follows "must be". */
    String allowed();

    /** From an environment variable or a flag. */
    Object fromText(String text, Places places) throws Refused;

    /** From a TOML file, where types are not guessed. */
    default Object fromNode(JsonNode node, Places places) throws Refused {
        if (!node.isTextual()) {
            throw new Refused(allowed());
        }
        return fromText(node.textValue(), places);
    }

    /** A text from which {@link #fromText} makes an equal value. */
    default String toText(Object value) {
        return value.toString();
    }

    /** A value as a TOML file says it. */
    default String toToml(Object value) {
        return quoted(toText(value));
    }

    private static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    /** The folders that paths are relative to. */
    record Places(Path home, Path workingFolder) {}

    /** The type of a record component. */
    static ValueType of(RecordComponent component) {
        var range = component.getAnnotation(Within.class);
        var form = component.getAnnotation(Form.class);
        return of(component.getGenericType(), component.getName(), range, form);
    }

    private static ValueType of(Type type, String name, @Nullable Within range, @Nullable Form form) {
        if (type instanceof ParameterizedType generic) {
            var element = of(generic.getActualTypeArguments()[0], name, range, form);
            return generic.getRawType() == List.class ? new Several(element) : new Perhaps(element);
        }
        if (type == String.class) {
            return form == null
                    ? new Text(Pattern.compile("[^\\p{Cntrl}]+"), "a text that is not empty")
                    : new Text(Pattern.compile(form.pattern()), form.says());
        }
        if (type == boolean.class) {
            return new Flag();
        }
        if (type == Path.class) {
            return new Folder();
        }
        if (type == LogLevels.class) {
            return new Levels();
        }
        if (type instanceof Class<?> constants && constants.isEnum()) {
            return Choice.of(constants);
        }
        if (range == null) {
            throw new IllegalStateException("no range for " + name);
        }
        if (type == int.class) {
            boolean bytes = name.endsWith("Bytes") || name.equals("maxMessageSize");
            return new Whole(size(range.min()), size(range.max()), bytes);
        }
        if (type == long.class) {
            return new LargeSize(
                    Units.size(range.min()).orElseThrow(),
                    Units.size(range.max()).orElseThrow());
        }
        if (type == double.class) {
            return new Fraction(Double.parseDouble(range.min()), Double.parseDouble(range.max()));
        }
        if (type == Duration.class) {
            return new Span(
                    Units.duration(range.min()).orElseThrow(),
                    Units.duration(range.max()).orElseThrow());
        }
        throw new IllegalStateException("no way to read " + type);
    }

    private static int size(String text) {
        return Math.toIntExact(Units.size(text).orElseThrow());
    }

    /** A text of a given form. */
    record Text(Pattern pattern, String allowed) implements ValueType {
        @Override
        public Object fromText(String text, Places places) throws Refused {
            if (!pattern.matcher(text).matches()) {
                throw new Refused(allowed);
            }
            return text;
        }
    }

    /** True or false. */
    record Flag() implements ValueType {
        @Override
        public String allowed() {
            return "true or false";
        }

        @Override
        public Object fromText(String text, Places places) throws Refused {
            return switch (text.strip().toLowerCase(Locale.ROOT)) {
                case "true", "1", "yes", "on" -> true;
                case "false", "0", "no", "off" -> false;
                default -> throw new Refused(allowed());
            };
        }

        @Override
        public Object fromNode(JsonNode node, Places places) throws Refused {
            if (!node.isBoolean()) {
                throw new Refused(allowed() + ", without quotes");
            }
            return node.booleanValue();
        }

        @Override
        public String toToml(Object value) {
            return toText(value);
        }
    }

    /** A size in bytes that may be more than memory holds. */
    record LargeSize(long min, long max) implements ValueType {
        @Override
        public String allowed() {
            return "a size from %s to %s, such as 4096 or \"2GiB\""
                    .formatted(Units.formatSize(min), Units.formatSize(max));
        }

        @Override
        public Object fromText(String text, Places places) throws Refused {
            return checked(Units.size(text).orElseThrow(() -> new Refused(allowed())));
        }

        @Override
        public Object fromNode(JsonNode node, Places places) throws Refused {
            if (node.isTextual()) {
                return fromText(node.textValue(), places);
            }
            if (!node.isIntegralNumber() || !node.canConvertToLong()) {
                throw new Refused(allowed());
            }
            return checked(node.longValue());
        }

        private Object checked(long value) throws Refused {
            if (value < min || value > max) {
                throw new Refused(allowed());
            }
            return value;
        }

        @Override
        public String toText(Object value) {
            return Units.formatSize((long) value);
        }
    }

    /** A whole number, or a size in bytes. */
    record Whole(int min, int max, boolean bytes) implements ValueType {
        @Override
        public String allowed() {
            return bytes
                    ? "a size from %s to %s, such as 4096 or \"2MiB\""
                            .formatted(Units.formatSize(min), Units.formatSize(max))
                    : "a whole number from %d to %d".formatted(min, max);
        }

        @Override
        public Object fromText(String text, Places places) throws Refused {
            if (!bytes && !text.strip().matches("-?\\d{1,12}")) {
                throw new Refused(allowed());
            }
            long value =
                    bytes ? Units.size(text).orElseThrow(() -> new Refused(allowed())) : Long.parseLong(text.strip());
            return checked(value);
        }

        @Override
        public Object fromNode(JsonNode node, Places places) throws Refused {
            if (bytes && node.isTextual()) {
                return fromText(node.textValue(), places);
            }
            if (!node.isIntegralNumber() || !node.canConvertToLong()) {
                throw new Refused(allowed() + (node.isTextual() ? ", without quotes" : ""));
            }
            return checked(node.longValue());
        }

        private Object checked(long value) throws Refused {
            if (value < min || value > max) {
                throw new Refused(allowed());
            }
            return (int) value;
        }

        @Override
        public String toText(Object value) {
            return bytes ? Units.formatSize((int) value) : value.toString();
        }

        @Override
        public String toToml(Object value) {
            return bytes ? ValueType.super.toToml(value) : toText(value);
        }
    }

    /** A number with a fraction. */
    record Fraction(double min, double max) implements ValueType {
        @Override
        public String allowed() {
            return "a number from %s to %s".formatted(plain(min), plain(max));
        }

        private static String plain(double value) {
            return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
        }

        @Override
        public Object fromText(String text, Places places) throws Refused {
            try {
                return checked(Double.parseDouble(text.strip()));
            } catch (NumberFormatException e) {
                throw new Refused(allowed());
            }
        }

        @Override
        public Object fromNode(JsonNode node, Places places) throws Refused {
            if (!node.isNumber()) {
                throw new Refused(allowed());
            }
            return checked(node.doubleValue());
        }

        private Object checked(double value) throws Refused {
            if (!(value >= min && value <= max)) {
                throw new Refused(allowed());
            }
            return value;
        }

        @Override
        public String toToml(Object value) {
            return toText(value);
        }
    }

    /** A duration. */
    record Span(Duration min, Duration max) implements ValueType {
        @Override
        public String allowed() {
            return "a duration from %s to %s, such as \"600ms\", \"10s\" or \"2m\""
                    .formatted(Units.format(min), Units.format(max));
        }

        @Override
        public Object fromText(String text, Places places) throws Refused {
            var value = Units.duration(text).orElseThrow(() -> new Refused(allowed()));
            if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
                throw new Refused(allowed());
            }
            return value;
        }

        @Override
        public String toText(Object value) {
            return Units.format((Duration) value);
        }
    }

    /** A file or folder; {@code ~} is the user's home, and what is relative is below the working folder. */
    record Folder() implements ValueType {
        @Override
        public String allowed() {
            return "a path, absolute, relative to the working folder, or below ~";
        }

        @Override
        public Object fromText(String text, Places places) throws Refused {
            try {
                if (text.isBlank()) {
                    throw new Refused(allowed());
                }
                var path = text.equals("~") || text.startsWith("~/")
                        ? places.home().resolve(text.substring(Math.min(2, text.length())))
                        : places.workingFolder().resolve(text);
                return path.normalize();
            } catch (InvalidPathException e) {
                throw new Refused(allowed());
            }
        }
    }

    /** Levels of logging. */
    record Levels() implements ValueType {
        @Override
        public String allowed() {
            return LogLevels.ALLOWED;
        }

        @Override
        public Object fromText(String text, Places places) throws Refused {
            try {
                return LogLevels.of(text);
            } catch (IllegalArgumentException e) {
                throw new Refused(allowed());
            }
        }
    }

    /** One of a few names. */
    record Choice(List<Enum<?>> constants, List<String> names) implements ValueType {
        static Choice of(Class<?> type) {
            var constants = new ArrayList<Enum<?>>();
            var names = new ArrayList<String>();
            for (var constant : type.getEnumConstants()) {
                var value = (Enum<?>) constant;
                constants.add(value);
                names.add(name(type, value));
            }
            return new Choice(List.copyOf(constants), List.copyOf(names));
        }

        private static String name(Class<?> type, Enum<?> value) {
            try {
                var wire = type.getField(value.name()).getAnnotation(Wire.class);
                return wire == null ? value.name().toLowerCase(Locale.ROOT) : wire.value();
            } catch (NoSuchFieldException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public String allowed() {
            if (names.size() == 1) {
                return names.getFirst();
            }
            return String.join(", ", names.subList(0, names.size() - 1)) + " or " + names.getLast();
        }

        @Override
        public Object fromText(String text, Places places) throws Refused {
            int index = names.indexOf(text.strip().toLowerCase(Locale.ROOT));
            if (index < 0) {
                throw new Refused(allowed());
            }
            return constants.get(index);
        }

        @Override
        public String toText(Object value) {
            return names.get(constants.indexOf(value));
        }
    }

    /** A list; in plain text with commas. */
    record Several(ValueType element) implements ValueType {
        @Override
        public String allowed() {
            return "a list, each element " + element.allowed();
        }

        @Override
        public Object fromText(String text, Places places) throws Refused {
            var values = new ArrayList<Object>();
            for (var part : Arrays.asList(text.split(",", -1))) {
                if (!part.isBlank()) {
                    values.add(element.fromText(part.strip(), places));
                }
            }
            return List.copyOf(values);
        }

        @Override
        public Object fromNode(JsonNode node, Places places) throws Refused {
            if (!node.isArray()) {
                throw new Refused(allowed());
            }
            var values = new ArrayList<Object>();
            for (var each : node) {
                values.add(element.fromNode(each, places));
            }
            return List.copyOf(values);
        }

        @Override
        public String toText(Object value) {
            return ((List<?>) value).stream().map(element::toText).collect(Collectors.joining(","));
        }

        @Override
        public String toToml(Object value) {
            return ((List<?>) value).stream().map(element::toToml).collect(Collectors.joining(", ", "[", "]"));
        }
    }

    /** A value that may be missing, which is written as an empty text. */
    record Perhaps(ValueType element) implements ValueType {
        @Override
        public String allowed() {
            return element.allowed() + ", or empty";
        }

        @Override
        public Object fromText(String text, Places places) throws Refused {
            return text.isBlank() ? Optional.empty() : Optional.of(element.fromText(text, places));
        }

        @Override
        public Object fromNode(JsonNode node, Places places) throws Refused {
            return node.isTextual() && node.textValue().isBlank()
                    ? Optional.empty()
                    : Optional.of(element.fromNode(node, places));
        }

        @Override
        public String toText(Object value) {
            return ((Optional<?>) value).map(element::toText).orElse("");
        }

        @Override
        public String toToml(Object value) {
            return ((Optional<?>) value).map(element::toToml).orElse("\"\"");
        }
    }
}
