package io.engram.cli;

/** Colours for people who watch a terminal; none where {@code NO_COLOR} is set or the output goes elsewhere. */
final class Colour {
    private static final boolean ON = System.console() != null
            && System.console().isTerminal()
            && System.getenv().getOrDefault("NO_COLOR", "").isEmpty();

    private Colour() {}

    /** A word that tells how something does. */
    static String of(String status) {
        if (!ON) {
            return status;
        }
        int code = switch (status) {
            case "online", "healthy" -> 32;
            case "degraded" -> 33;
            default -> 31;
        };
        return "\u001b[" + code + "m" + status + "\u001b[0m";
    }
}
