package io.engram.conventions;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** What no text file of the project may contain, line by line. */
final class TextRules {
    /**
     * One forbidden thing.
     *
     * @param reason why a line that matches is refused
     * @param pattern what is refused
     */
    record Rule(String reason, Pattern pattern) {}

    private final List<Rule> rules;

    private TextRules(List<Rule> rules) {
        this.rules = List.copyOf(rules);
    }

    /** The rules for a project that lies at {@code root}. The words are put together so that this file obeys too. */
    static TextRules forProjectAt(Path root) {
        var rules = new ArrayList<Rule>();
        rules.add(rule(
                "unfinished work belongs into the tracker", "\\b(" + "TO" + "DO|FIX" + "ME|XX" + "X|HA" + "CK)\\b"));
        rules.add(rule("text must make sense without a tracker", "(?i)\\b(issue|ticket|pull request)s? ?#?\\d+"));
        rules.add(rule("text must make sense without a tracker", "(?<![\\w&(\"'`/:])(?<!: )#\\d{1,4}\\b(?!;)"));
        rules.add(rule("a path of one machine", "(?<![\\w.])/(ho" + "me|ro" + "ot|Us" + "ers)/\\w"));
        rules.add(rule("left over from a merge", "^(<<<<<<<|>>>>>>>) "));
        rules.add(rule(
                "the project speaks of itself alone",
                "(?i)\\b(refer" + "ence implementation|orig" + "inal (engram|implementation|server)|orig"
                        + "inal's)\\b"));
        for (var path = root; path != null && path.getNameCount() >= 2; path = path.getParent()) {
            rules.add(rule("a path of this very machine", Pattern.quote(path.toString()) + "\\b"));
        }
        return new TextRules(rules);
    }

    private static Rule rule(String reason, String pattern) {
        return new Rule(reason, Pattern.compile(pattern));
    }

    /** Each line that breaks a rule, as {@code file:line: reason: text}. */
    List<String> violations(String file, String text) {
        var found = new ArrayList<String>();
        var lines = text.lines().toList();
        for (int i = 0; i < lines.size(); i++) {
            for (var rule : rules) {
                if (rule.pattern().matcher(lines.get(i)).find()) {
                    found.add("%s:%d: %s: %s"
                            .formatted(file, i + 1, rule.reason(), lines.get(i).strip()));
                }
            }
        }
        return found;
    }
}
