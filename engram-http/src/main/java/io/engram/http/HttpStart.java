package io.engram.http;

import io.engram.health.Recovery;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Instant;
import java.time.InstantSource;

/**
 * What the HTTP door needs to stand before a node that is still reading its log.
 *
 * @param meters where requests are counted, and what the metrics routes show; see {@link Metrics#create()}
 * @param version the product's version
 * @param startedAt when the node was started
 * @param recovery how far it is
 * @param clock tells the time that answers carry
 */
public record HttpStart(
        PrometheusMeterRegistry meters, String version, Instant startedAt, Recovery recovery, InstantSource clock) {
    /** Before a node whose log is read. */
    static HttpStart of(HttpContext context) {
        return new HttpStart(
                context.meters(), context.version(), context.startedAt(), Recovery.none(), context.clock());
    }
}
