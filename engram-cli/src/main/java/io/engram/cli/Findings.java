package io.engram.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What a check found, for people line by line, and for programs as one document. */
final class Findings {
    /** How much a finding matters: an error is what {@code start} would stop at, or should. */
    enum Level {
        PASS,
        INFO,
        WARN,
        ERROR
    }

    /**
     * One finding.
     *
     * @param text what was found and, where it is not good, what to do about it
     */
    record Finding(Level level, String text) {}

    private final List<Finding> all = new ArrayList<>();

    void pass(String text) {
        all.add(new Finding(Level.PASS, text));
    }

    void info(String text) {
        all.add(new Finding(Level.INFO, text));
    }

    void warn(String text) {
        all.add(new Finding(Level.WARN, text));
    }

    void error(String text) {
        all.add(new Finding(Level.ERROR, text));
    }

    long count(Level level) {
        return all.stream().filter(each -> each.level() == level).count();
    }

    private List<String> texts(Level level) {
        return all.stream()
                .filter(each -> each.level() == level)
                .map(Finding::text)
                .toList();
    }

    /** Prints them, and returns the exit code. */
    int print(PrintWriter out, boolean json) {
        var errors = count(Level.ERROR);
        if (json) {
            var document = Api.JSON.createObjectNode().put("status", errors == 0 ? "valid" : "invalid");
            texts(Level.ERROR).forEach(document.putArray("errors")::add);
            texts(Level.WARN).forEach(document.putArray("warnings")::add);
            var checks = document.putArray("checks");
            all.forEach(each -> checks.addObject()
                    .put("level", each.level().name().toLowerCase(Locale.ROOT))
                    .put("message", each.text()));
            out.println(document);
        } else {
            all.forEach(each -> out.println("[" + each.level() + "] " + each.text()));
            out.printf("%d errors, %d warnings%n", errors, count(Level.WARN));
        }
        out.flush();
        return errors == 0 ? ExitCodes.OK : ExitCodes.FAILURE;
    }
}
