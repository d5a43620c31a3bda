package io.engram.simulation;

/**
 * How bad the network is.
 *
 * @param dropped probability that a message is lost
 * @param duplicated probability that it arrives twice
 * @param slow probability that it takes a delay of up to {@code slowMicros} instead of an ordinary one
 * @param leastMicros shortest ordinary delay
 * @param mostMicros longest ordinary delay; the wider the range, the more messages overtake each other
 * @param slowMicros longest delay of a slow one
 * @param inOrder whether messages of one sender to one receiver keep their order, as they do on a connection
 */
public record NetworkFaults(
        double dropped,
        double duplicated,
        double slow,
        long leastMicros,
        long mostMicros,
        long slowMicros,
        boolean inOrder) {
    /** A good network: nothing is lost, half a millisecond or so, in order. */
    public static final NetworkFaults NONE = new NetworkFaults(0, 0, 0, 300, 800, 800, true);

    /** A bad one. */
    public static final NetworkFaults SOME = new NetworkFaults(0.05, 0.05, 0.05, 200, 5_000, 2_000_000, false);

    public NetworkFaults {
        if (leastMicros < 0 || mostMicros < leastMicros || slowMicros < mostMicros) {
            throw new IllegalArgumentException("delays out of order: " + leastMicros + ", " + mostMicros);
        }
    }
}
