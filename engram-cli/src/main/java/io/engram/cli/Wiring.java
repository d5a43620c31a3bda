package io.engram.cli;

import io.engram.cluster.ClusterSettings;
import io.engram.config.EngramConfig;
import io.engram.config.EngramConfig.ShutdownFrom;
import io.engram.config.LoadedConfig;
import io.engram.embedding.EmbeddingSettings;
import io.engram.grpc.GrpcSettings;
import io.engram.http.HttpSettings;
import io.engram.log.LogStoreSettings;
import io.engram.node.NodeSettings;
import io.engram.space.SpaceId;
import io.engram.space.SpaceSettings;
import io.engram.trace.Tracing;
import io.engram.trace.otlp.OtlpSettings;
import io.engram.trace.otlp.OtlpTracing;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** What the configuration means for each room. */
final class Wiring {
    /** The model's own limit on its cache. */
    private static final long LARGEST_CACHE_MIB = 1024;

    private Wiring() {}

    private static Path nativeFolder(EngramConfig config) {
        return config.persistence()
                .nativeDir()
                .orElseGet(() -> config.persistence().dataRoot().resolve("native"));
    }

    static NodeSettings node(LoadedConfig loaded) {
        return node(loaded, Optional.empty());
    }

    /** @param cluster how the node takes part in one */
    static NodeSettings node(LoadedConfig loaded, Optional<ClusterSettings> cluster) {
        var config = loaded.config();
        var persistence = config.persistence();
        var log = LogStoreSettings.of(persistence.dataRoot().resolve("log"))
                .withNativeFolder(nativeFolder(config))
                .withWriteBufferBytes(persistence.writeBufferBytes())
                .withMaxBatch(persistence.maxBatchRecords(), persistence.maxBatchBytes())
                .withMaxQueue(
                        Math.max(
                                LogStoreSettings.of(persistence.dataRoot()).maxQueueRecords(),
                                persistence.maxBatchRecords()),
                        persistence.queueBytes())
                .withMinFreeBytes(persistence.minFreeBytes())
                .withScrub(persistence.scrubPeriod(), persistence.scrubRate());
        return new NodeSettings(
                persistence.dataRoot(),
                ClusterWiring.nodeId(config, System.getenv()),
                log,
                persistence.warnFreeBytes(),
                spaces(config),
                config.memorySpaces().bootstrapSpaces().stream()
                        .map(SpaceId::new)
                        .toList(),
                loaded.pekkoFile(),
                persistence.history(),
                cluster);
    }

    private static SpaceSettings spaces(EngramConfig config) {
        var limits = config.limits();
        var standard = SpaceSettings.DEFAULTS;
        return new SpaceSettings(
                limits.contentBytes(),
                limits.vectorDimensions(),
                standard.maxBatchCommands(),
                standard.maxBatchBytes(),
                limits.writesInFlightPerSpace(),
                limits.writesInFlight(),
                limits.readsInFlight(),
                limits.readThreads() == 0 ? standard.readThreads() : limits.readThreads(),
                standard.writeTimeout(),
                standard.openTimeout(),
                limits.idempotencyWindow(),
                limits.idempotencyKeysPerSpace(),
                config.persistence().snapshotEvery(),
                config.memorySpaces().idleTimeout(),
                config.memorySpaces().maxOpen(),
                config.embedding().inFlightPerSpace());
    }

    static EmbeddingSettings embedding(EngramConfig config) {
        var embedding = config.embedding();
        return new EmbeddingSettings(
                switch (embedding.provider()) {
                    case ONNX -> EmbeddingSettings.Provider.ONNX;
                    case STATIC -> EmbeddingSettings.Provider.STATIC;
                    case NONE -> EmbeddingSettings.Provider.NONE;
                },
                embedding.threads(),
                embedding.queue(),
                embedding.cueQueue(),
                Math.min(LARGEST_CACHE_MIB, embedding.cacheSizeMb()) << 20,
                Optional.of(nativeFolder(config)));
    }

    /** Nothing of the library is touched where tracing is off. */
    static Tracing.Factory tracing(EngramConfig config) {
        var tracing = config.tracing();
        return tracing.enabled()
                ? (nodeId, meters) -> OtlpTracing.open(
                        new OtlpSettings(
                                URI.create(tracing.endpoint()),
                                tracing.sampleRatio(),
                                tracing.serviceName(),
                                Version.number(),
                                tracing.queueSpans(),
                                tracing.batchSpans(),
                                tracing.exportInterval(),
                                tracing.exportTimeout()),
                        nodeId,
                        meters)
                : Tracing.Factory.NONE;
    }

    static HttpSettings http(EngramConfig config) {
        var server = config.server();
        return new HttpSettings(
                server.httpBind(),
                server.httpPort(),
                new SpaceId(config.memorySpaces().defaultSpace()),
                server.maxBodyBytes(),
                config.limits().bulkItems(),
                config.limits().pageSizeMax(),
                server.requestsInFlight(),
                server.connectionsMax(),
                shorter(HttpSettings.DEFAULTS.bodyTimeout(), server.requestTimeout()),
                server.requestTimeout(),
                server.shutdownFrom() == ShutdownFrom.ANYWHERE);
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    static GrpcSettings grpc(EngramConfig config) {
        var standard = GrpcSettings.DEFAULTS;
        return new GrpcSettings(
                config.server().grpcHost(),
                config.server().grpcPort(),
                new SpaceId(config.memorySpaces().defaultSpace()),
                config.server().maxBodyBytes(),
                config.limits().pageSizeMax(),
                standard.maxInFlightPerStream(),
                standard.idleTimeout());
    }
}
