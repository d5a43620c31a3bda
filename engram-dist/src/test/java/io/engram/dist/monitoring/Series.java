package io.engram.dist.monitoring;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** What expressions ask for, and what a node tells. */
final class Series {
    private static final Pattern SELECTOR = Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{([^}]*)})?");
    private static final Pattern OURS = Pattern.compile("(engram|jvm|process|system)_[a-z0-9_]+");
    private static final Pattern MATCHER = Pattern.compile("(\\w+)\\s*(=~|!~|!=|=)\\s*\"([^\"]*)\"");
    private static final Pattern SAMPLE = Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{(.*)})? (\\S+)");
    private static final Pattern LABEL = Pattern.compile("(\\w+)=\"((?:[^\"\\\\]|\\\\.)*)\"");

    private Series() {}

    /** A condition on a label. */
    record Matcher(String label, String operator, String value) {
        boolean accepts(Map<String, String> labels) {
            var is = labels.getOrDefault(label, "");
            return switch (operator) {
                case "=" -> is.equals(value);
                case "!=" -> !is.equals(value);
                case "=~" -> is.matches(value);
                default -> !is.matches(value);
            };
        }
    }

    /** One series or several, as an expression names them. */
    record Selector(String name, List<Matcher> matchers) {
        boolean accepts(Sample sample) {
            return sample.name().equals(name)
                    && matchers.stream().allMatch(matcher -> matcher.accepts(sample.labels()));
        }
    }

    /** One line that a node tells. */
    record Sample(String name, Map<String, String> labels, double value) {}

    /** What Engram must tell for an expression; labels that Prometheus adds are left out. */
    static Set<Selector> asked(String expression) {
        var found = new LinkedHashSet<Selector>();
        var each = SELECTOR.matcher(expression);
        while (each.find()) {
            if (!OURS.matcher(each.group(1)).matches()) {
                continue;
            }
            var matchers = new ArrayList<Matcher>();
            var condition = MATCHER.matcher(each.group(2) == null ? "" : each.group(2));
            while (condition.find()) {
                if (!Set.of("job", "instance").contains(condition.group(1))) {
                    matchers.add(new Matcher(condition.group(1), condition.group(2), condition.group(3)));
                }
            }
            found.add(new Selector(each.group(1), List.copyOf(matchers)));
        }
        return found;
    }

    /** The names of recording rules in an expression. */
    static Set<String> recorded(String expression) {
        var found = new LinkedHashSet<String>();
        var each = SELECTOR.matcher(expression);
        while (each.find()) {
            if (each.group(1).contains(":")) {
                found.add(each.group(1));
            }
        }
        return found;
    }

    static List<Sample> told(String exposition) {
        var samples = new ArrayList<Sample>();
        exposition
                .lines()
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .forEach(line -> {
                    var sample = SAMPLE.matcher(line);
                    if (!sample.matches()) {
                        throw new AssertionError("no sample: " + line);
                    }
                    var labels = new HashMap<String, String>();
                    var label = LABEL.matcher(sample.group(2) == null ? "" : sample.group(2));
                    while (label.find()) {
                        labels.put(label.group(1), label.group(2));
                    }
                    var value = sample.group(3).equals("+Inf")
                            ? Double.POSITIVE_INFINITY
                            : Double.parseDouble(sample.group(3));
                    samples.add(new Sample(sample.group(1), Map.copyOf(labels), value));
                });
        return samples;
    }
}
