package io.engram.config;

import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Durations and sizes as people write them. */
final class Units {
    private static final Pattern DURATION_PART = Pattern.compile("(\\d{1,12})\\s*([a-zA-Zµ]+)\\s*");
    private static final Pattern SIZE = Pattern.compile("(\\d{1,12})\\s*([a-zA-Z]*)");

    private static final Map<String, Duration> DURATIONS = Map.ofEntries(
            Map.entry("ns", Duration.ofNanos(1)),
            Map.entry("us", Duration.ofNanos(1_000)),
            Map.entry("µs", Duration.ofNanos(1_000)),
            Map.entry("ms", Duration.ofMillis(1)),
            Map.entry("s", Duration.ofSeconds(1)),
            Map.entry("sec", Duration.ofSeconds(1)),
            Map.entry("m", Duration.ofMinutes(1)),
            Map.entry("min", Duration.ofMinutes(1)),
            Map.entry("h", Duration.ofHours(1)),
            Map.entry("d", Duration.ofDays(1)));

    private static final Map<String, Long> SIZES = Map.of(
            "",
            1L,
            "b",
            1L,
            "kb",
            1_000L,
            "mb",
            1_000_000L,
            "gb",
            1_000_000_000L,
            "kib",
            1L << 10,
            "mib",
            1L << 20,
            "gib",
            1L << 30);

    private Units() {}

    /** {@code 600ms}, {@code 1s}, {@code 1h 30m}. */
    static Optional<Duration> duration(String text) {
        var rest = text.strip();
        if (rest.isEmpty()) {
            return Optional.empty();
        }
        var matcher = DURATION_PART.matcher(rest);
        var sum = Duration.ZERO;
        int end = 0;
        try {
            while (end < rest.length()) {
                if (!matcher.find() || matcher.start() != end) {
                    return Optional.empty();
                }
                var unit = DURATIONS.get(matcher.group(2));
                if (unit == null) {
                    return Optional.empty();
                }
                sum = sum.plus(unit.multipliedBy(Long.parseLong(matcher.group(1))));
                end = matcher.end();
            }
        } catch (ArithmeticException e) {
            return Optional.empty();
        }
        return Optional.of(sum);
    }

    /** A number of bytes with or without a unit: {@code 4096}, {@code 2MiB}, {@code 64 kB}. */
    static Optional<Long> size(String text) {
        var matcher = SIZE.matcher(text.strip());
        if (!matcher.matches()) {
            return Optional.empty();
        }
        var unit = SIZES.get(matcher.group(2).toLowerCase(Locale.ROOT));
        try {
            return unit == null
                    ? Optional.empty()
                    : Optional.of(Math.multiplyExact(Long.parseLong(matcher.group(1)), unit));
        } catch (ArithmeticException e) {
            return Optional.empty();
        }
    }

    /** The shortest text with one or more whole units. */
    static String format(Duration duration) {
        var text = new StringBuilder();
        var rest = duration;
        for (var unit : new String[] {"d", "h", "m", "s", "ms", "us", "ns"}) {
            var length = DURATIONS.get(unit);
            long times = length == null ? 0 : rest.dividedBy(length);
            if (length != null && times > 0) {
                text.append(text.isEmpty() ? "" : " ").append(times).append(unit);
                rest = rest.minus(length.multipliedBy(times));
            }
        }
        return text.isEmpty() ? "0s" : text.toString();
    }

    static String formatSize(long bytes) {
        if (bytes >= 1L << 30 && bytes % (1L << 30) == 0) {
            return (bytes >> 30) + "GiB";
        }
        if (bytes >= 1L << 20 && bytes % (1L << 20) == 0) {
            return (bytes >> 20) + "MiB";
        }
        return bytes >= 1L << 10 && bytes % (1L << 10) == 0 ? (bytes >> 10) + "KiB" : Long.toString(bytes);
    }
}
