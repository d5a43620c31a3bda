package io.engram.health;

/** How well something works; ordered from best to worst. */
public enum HealthStatus {
    /** As it should. */
    HEALTHY,
    /** It serves, but something is missing or slow. */
    DEGRADED,
    /** It cannot do its work. */
    UNHEALTHY;

    /** The lower-case name that clients read. */
    public String wireName() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }

    public HealthStatus worse(HealthStatus other) {
        return compareTo(other) >= 0 ? this : other;
    }
}
