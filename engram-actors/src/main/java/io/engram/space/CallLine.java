package io.engram.space;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * How a call between nodes names its method and the terms on which it is made: {@code get}, {@code get;consistency=strict},
 * {@code remember;acknowledgement=all}. Terms that are ordinary are left out.
 *
 * @param method the method's name
 * @param terms on which it is called
 */
record CallLine(String method, RequestTerms terms) {
    private static final String CONSISTENCY = ";consistency=";
    private static final String ACKNOWLEDGEMENT = ";acknowledgement=";
    private static final Pattern LINE = Pattern.compile(
            "([A-Za-z]{1,64})(?:" + CONSISTENCY + "([a-z]{1,32}))?(?:" + ACKNOWLEDGEMENT + "([a-z]{1,32}))?");

    static String write(String method, RequestTerms terms) {
        var line = method;
        if (terms.consistency() != RequestTerms.Consistency.PRIMARY) {
            line += CONSISTENCY + terms.consistency().name().toLowerCase(Locale.ROOT);
        }
        if (terms.acknowledgement() != RequestTerms.Acknowledgement.CONFIGURED) {
            line += ACKNOWLEDGEMENT + terms.acknowledgement().name().toLowerCase(Locale.ROOT);
        }
        return line;
    }

    /**
     * Empty if it is none.
     *
     * @throws EngramException if this version does not know the terms
     */
    static Optional<CallLine> read(String line) {
        var parts = LINE.matcher(line);
        return parts.matches()
                ? Optional.of(new CallLine(
                        parts.group(1),
                        RequestTerms.parse(Optional.ofNullable(parts.group(2)), Optional.ofNullable(parts.group(3)))))
                : Optional.empty();
    }
}
