package io.engram.http;

/** A log of which nothing is changed but what it says of its level. */
final class FakeLog implements LogControl {
    private String level = "info";

    @Override
    public String level() {
        return level;
    }

    @Override
    public void level(String changed) {
        if (!changed.matches("[a-z.,=]+")) {
            throw new IllegalArgumentException("a level");
        }
        level = changed;
    }
}
